CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint);
ALTER TABLE account ADD COLUMN name text;
-- then:
ALTER TABLE account DROP COLUMN name;
ALTER TYPE point DROP ATTRIBUTE z;
ALTER TABLE attribute ALTER add TYPE text;
-- its down file:
ALTER TABLE account ADD COLUMN name text;
ALTER TYPE mood ADD VALUE 'fair';
