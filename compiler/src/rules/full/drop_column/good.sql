CREATE TABLE account (id bigint, email text);
ALTER TABLE account DROP COLUMN email;
-- or:
CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint);
-- then:
ALTER TABLE account ADD COLUMN name text;
ALTER TABLE account DROP COLUMN name;
ALTER TABLE account DROP CONSTRAINT account_pkey;
-- its down file:
ALTER TABLE theirs DROP COLUMN email;
-- or:
CREATE TABLE account (id bigint);
-- then:
ALTER TABLE account ADD COLUMN email text;
-- its down file:
ALTER TABLE account DROP COLUMN email;
-- or:
CREATE TYPE address AS (street text, town text);
ALTER TYPE address DROP ATTRIBUTE street;
-- or:
CREATE TABLE account (id bigint, email text);
-- then:
ALTER TABLE account RENAME COLUMN email TO mail;
-- its down file:
ALTER TABLE account ADD COLUMN email text;
UPDATE account SET email = mail;
ALTER TABLE account DROP COLUMN mail;
