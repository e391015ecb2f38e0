CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint);
-- then:
ALTER TABLE account ADD COLUMN name text;
CREATE INDEX account_email ON account (email);
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ nobody can use `account` until this is done
-- or:
CREATE TABLE account (id bigint);
CREATE TABLE team (id bigint);
-- then:
ALTER TABLE account ADD COLUMN name text;
ALTER TABLE team VALIDATE CONSTRAINT team_name;
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ nobody can use `account` until this is done
-- or:
CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint);
-- then:
ALTER TABLE account ADD COLUMN name text;
ALTER TABLE account ADD CONSTRAINT account_named CHECK (name <> '');
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ nobody can use `account` until this is done
-- or:
CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint);
-- then:
ALTER TABLE account ADD COLUMN name text;
ALTER TABLE account DROP COLUMN team, ADD CONSTRAINT account_named CHECK (name <> '');
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ nobody can use `account` until this is done
-- or:
CREATE TABLE account (id bigint, email text);
-- then:
ALTER TABLE account ADD COLUMN name text;
CREATE TABLE known AS SELECT email FROM account;
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ nobody can use `account` until this is done
-- or:
CREATE TABLE account (id bigint, email text);
-- then:
ALTER TABLE account ADD COLUMN name text;
CREATE MATERIALIZED VIEW known AS SELECT email FROM account;
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ nobody can use `account` until this is done
-- or:
CREATE TABLE account (id bigint, email text);
-- then:
ALTER TABLE account ADD COLUMN name text;
SELECT count(*) FROM account;
--^^^^^^^^^^^^^^^^^^^^^^^^^^ nobody can use `account` until this is done
