CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint);
ALTER TABLE account ADD COLUMN first text;
ALTER TABLE account ADD COLUMN second text;
-- then:
ALTER TABLE account ADD COLUMN name text, ADD COLUMN age int;
UPDATE account SET age = 0 WHERE age IS NULL;
ALTER TABLE account ALTER COLUMN age SET NOT NULL;
ALTER TABLE account RENAME COLUMN first TO forename;
ALTER TABLE account RENAME CONSTRAINT account_pkey TO account_key;
ALTER TABLE team ADD COLUMN age int;
ALTER TABLE account ADD COLUMN third text;
ALTER TABLE account SET SCHEMA archive;
-- or:
CREATE TABLE account (id bigint);
CREATE TABLE team (id bigint);
-- then:
ALTER TABLE account ADD COLUMN name text;
ALTER TABLE team ADD COLUMN name text;
-- its down file:
ALTER TABLE account DROP COLUMN name;
ALTER TABLE account DROP COLUMN id;
