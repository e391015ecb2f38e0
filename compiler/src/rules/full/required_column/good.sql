CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint);
-- then:
ALTER TABLE account ADD COLUMN name text NOT NULL DEFAULT '';
-- or:
CREATE TABLE account (id bigint, email text);
-- then:
ALTER TABLE account ADD COLUMN mail text GENERATED ALWAYS AS (lower(email)) VIRTUAL NOT NULL;
-- or:
CREATE FOREIGN TABLE account (id bigint) SERVER elsewhere;
-- then:
ALTER FOREIGN TABLE account ADD COLUMN mail text NOT NULL;
-- or:
CREATE TABLE account (id bigint, email text);
-- then:
DELETE FROM account;
ALTER TABLE account ADD COLUMN mail text NOT NULL;
