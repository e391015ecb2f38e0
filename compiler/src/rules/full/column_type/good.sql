CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint, born timestamp);
-- then:
ALTER TABLE account ALTER COLUMN email TYPE varchar(200);
ALTER TABLE account ALTER COLUMN email TYPE text;
ALTER TABLE account ALTER COLUMN team TYPE bigint;
SET LOCAL timezone = 'UTC';
ALTER TABLE account ALTER COLUMN born TYPE timestamptz;
