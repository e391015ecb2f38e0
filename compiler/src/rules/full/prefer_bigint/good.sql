CREATE TABLE account (id bigint PRIMARY KEY, name text, span interval);
ALTER TABLE account ADD COLUMN team bigserial, ALTER COLUMN name TYPE integer;
CREATE TYPE point AS (x integer, y integer);
-- its down file:
ALTER TABLE account ADD COLUMN age integer;
