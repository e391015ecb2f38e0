CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint);
-- then:
ALTER TABLE account ADD COLUMN created_at timestamptz NOT NULL DEFAULT now();
ALTER TABLE account ADD COLUMN host text GENERATED ALWAYS AS (lower(email)) VIRTUAL;
ALTER TABLE account ADD COLUMN random int DEFAULT 1;
ALTER TABLE account ALTER COLUMN email SET DEFAULT gen_random_uuid();
ALTER TABLE account ALTER COLUMN expression SET STATISTICS 100;
CREATE TABLE team (id bigint);
ALTER TABLE team ADD COLUMN number bigserial;
-- its down file:
ALTER TABLE account ADD COLUMN token uuid DEFAULT gen_random_uuid();
-- or:
CREATE TABLE account (id bigint PRIMARY KEY);
CREATE DOMAIN email AS text;
CREATE DOMAIN given AS int CHECK (VALUE > 0);
ALTER DOMAIN given DROP CONSTRAINT given_check;
CREATE FUNCTION ticket() RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN 1; END';
CREATE FUNCTION lot() RETURNS int LANGUAGE sql AS 'SELECT 1';
-- then:
ALTER TABLE account ADD COLUMN email email;
ALTER TABLE account ADD COLUMN given given;
ALTER TABLE account ADD COLUMN ticket int DEFAULT ticket();
ALTER TABLE account ADD COLUMN lot int DEFAULT lot();
ALTER TABLE account ADD COLUMN created timestamptz DEFAULT statement_timestamp();
