CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint);
-- then:
ALTER TABLE account ALTER COLUMN email TYPE varchar(200);
ALTER TABLE account ALTER COLUMN email TYPE text;
ALTER TABLE account ALTER COLUMN team TYPE bigint;
