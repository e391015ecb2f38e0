CREATE TABLE account (id bigint, email text);
ALTER TABLE account DROP COLUMN email;
-- or:
CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint);
-- then:
ALTER TABLE account ADD COLUMN name text;
ALTER TABLE account DROP COLUMN name;
ALTER TABLE account DROP CONSTRAINT account_pkey;
-- its down file:
ALTER TABLE account DROP COLUMN email;
-- or:
CREATE TYPE address AS (street text, town text);
ALTER TYPE address DROP ATTRIBUTE street;
