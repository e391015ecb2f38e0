CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint);
-- then:
UPDATE account SET email = '' WHERE email IS NULL;
ALTER TABLE account ADD COLUMN name text;
INSERT INTO account (id, name) VALUES (1, 'root');
CREATE TABLE club (id bigint, name text);
INSERT INTO club SELECT id, email FROM account;
TRUNCATE account;
-- its down file:
ALTER TABLE account ADD COLUMN name text;
UPDATE account SET name = email WHERE name IS NULL;
-- or:
CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint);
-- then:
-- pgstrata: no-transaction
ALTER TABLE account ADD COLUMN name text;
UPDATE account SET name = email WHERE name IS NULL;
-- or:
CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint);
-- then:
ALTER TABLE account VALIDATE CONSTRAINT account_named;
UPDATE account SET email = '' WHERE email IS NULL;
