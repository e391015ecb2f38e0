CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint, note text NOT NULL);
CREATE TABLE team (id bigint PRIMARY KEY);
CREATE TABLE member (team bigint REFERENCES team, age int DEFAULT 1);
-- then:
ALTER TABLE account ADD COLUMN name text, ALTER COLUMN email TYPE text, DROP COLUMN note;
ALTER TABLE member DROP CONSTRAINT member_team_fkey, ALTER COLUMN age DROP DEFAULT;
-- its down file:
ALTER TABLE account ALTER COLUMN email TYPE varchar(10), ADD COLUMN note text;
ALTER TABLE member ADD FOREIGN KEY (team) REFERENCES team ON DELETE CASCADE, ALTER COLUMN age SET DEFAULT 2;
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ after up and down, column email of account is character varying(10), was character varying(100); column name of account is still there; column note of account is no longer NOT NULL; column age of member has the default 2, had 1; constraint member_team_fkey of member is FOREIGN KEY (team) REFERENCES team ON DELETE CASCADE, was FOREIGN KEY (team) REFERENCES team
-- or:
CREATE TABLE a (id bigint);
CREATE TABLE b (id bigint);
CREATE TABLE c (id bigint);
CREATE TABLE d (id bigint);
CREATE TABLE e (id bigint);
CREATE SCHEMA f;
CREATE TYPE g AS ENUM ('good');
-- its down file:
SELECT 1;
--^^^^^^ after up and down, table a is still there; table b is still there; table c is still there; table d is still there; table e is still there; and 2 more
-- or:
CREATE TABLE account (id bigint, email text);
CREATE TABLE member (id bigint);
-- then:
CREATE INDEX account_email ON account (email);
CREATE TYPE mood AS ENUM ('good');
CREATE TABLE team (id bigint);
CREATE TABLE town (id bigint);
CREATE INDEX town_id ON town (id);
CREATE VIEW known AS SELECT 1;
-- its down file:
DROP TABLE town;
DROP TABLE team CASCADE;
--^^^^^^^^^^^^^^^^^^^^^ after up and down, index account_email is still there; type mood is still there
-- or:
CREATE TABLE team (id bigint PRIMARY KEY);
CREATE TABLE member (team bigint, age int);
CREATE VIEW gone AS SELECT 1;
-- then:
CREATE VIEW known AS SELECT 1;
DROP VIEW gone;
ALTER TABLE member ALTER COLUMN age SET NOT NULL;
ALTER TABLE member ADD CONSTRAINT member_team FOREIGN KEY (team) REFERENCES team;
-- its down file:
ALTER TABLE member DROP CONSTRAINT member_team;
ALTER TABLE member ADD CONSTRAINT member_team FOREIGN KEY (team) REFERENCES team ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE member ALTER COLUMN age DROP NOT NULL, ALTER COLUMN age SET NOT NULL;
ALTER TABLE member ALTER COLUMN team SET DEFAULT 1;
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ after up and down, view gone is missing; view known is still there; column age of member is NOT NULL, and was not; column team of member has the default 1, had none; constraint member_team of member is still there
-- or:
CREATE TABLE account (id bigint PRIMARY KEY, email text, team bigint, born timestamp UNIQUE);
-- then:
ALTER TABLE account ALTER COLUMN email SET NOT NULL, ALTER COLUMN team TYPE text;
ALTER TABLE account ALTER COLUMN born SET DEFAULT now(), DROP CONSTRAINT account_born_key;
-- its down file:
SELECT 1;
--^^^^^^ after up and down, column born of account has the default now ( ), had none; column email of account is NOT NULL, and was not; column team of account is text, was bigint; constraint account_born_key of account is missing
-- or:
CREATE SCHEMA audit;
CREATE TABLE audit.log (id bigint);
-- then:
ALTER TABLE audit.log ADD COLUMN at timestamptz;
CREATE TYPE audit.mood AS ENUM ('good');
-- its down file:
ALTER TABLE audit.log DROP COLUMN "at";
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ after up and down, type audit.mood is still there
-- or:
CREATE SCHEMA audit;
CREATE TABLE audit.log (id bigint);
-- then:
SET LOCAL search_path = audit;
CREATE TABLE U&"\0064ata" (id bigint);
ALTER TABLE log ADD COLUMN at timestamptz;
-- its down file:
DROP TABLE audit.data;
--^^^^^^^^^^^^^^^^^^^ after up and down, column at of audit.log is still there
-- or:
CREATE TABLE account (id bigint, email text);
CREATE ROLE reader;
CREATE FUNCTION one() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$;
CREATE INDEX account_email ON account (email);
-- then:
COMMENT ON COLUMN account.email IS 'where to write to';
GRANT SELECT, INSERT ON account TO reader;
ALTER TABLE account ENABLE ROW LEVEL SECURITY;
CREATE OR REPLACE FUNCTION one() RETURNS int LANGUAGE sql AS $$ SELECT 2 $$;
DROP INDEX account_email;
-- its down file:
REVOKE SELECT ON account FROM reader;
CREATE OR REPLACE FUNCTION one() RETURNS int LANGUAGE sql AS $$ SELECT 3 $$;
CREATE UNIQUE INDEX account_email ON account (email);
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ after up and down, table account still has the privilege INSERT of reader; index account_email is unique, and was not; function one has another body; column email of account has the comment 'where to write to', had no comment
-- or:
CREATE TABLE account (id bigint, email text);
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE VIEW known AS SELECT id, email FROM account;
CREATE TRIGGER touched BEFORE UPDATE ON account FOR EACH ROW EXECUTE FUNCTION touch();
CREATE POLICY own ON account FOR SELECT USING (id = 1);
CREATE INDEX account_both ON account (id, email);
COMMENT ON TABLE account IS 'who may log in';
-- then:
DROP VIEW known;
DROP TRIGGER touched ON account;
DROP POLICY own ON account;
DROP INDEX account_both;
COMMENT ON TABLE account IS NULL;
-- its down file:
CREATE VIEW known AS SELECT account.email, account.id FROM account;
CREATE TRIGGER touched AFTER UPDATE ON account FOR EACH ROW EXECUTE PROCEDURE touch();
CREATE POLICY own ON account USING (id = 1);
CREATE INDEX account_both ON account (email, id);
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ after up and down, table account has no comment, had the comment 'who may log in'; index account_both has the columns email, id, not id, email; view known has the columns email, id, not id, email; trigger touched of account fires after, update, row, touch, not before, update, row, touch; policy own of account is permissive, all, public, not permissive, select, public
-- or:
CREATE TABLE visit (day text);
CREATE INDEX visit_day ON visit (lower(day));
CREATE FUNCTION one() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$;
-- then:
DROP INDEX visit_day;
DROP FUNCTION one();
-- its down file:
CREATE INDEX visit_day ON visit (day);
CREATE FUNCTION one() RETURNS int LANGUAGE sql AS $$ SELECT  1 $$;
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ after up and down, index visit_day has the columns day, not lower(…); function one has its body in another layout
-- or:
CREATE FUNCTION one() RETURNS int IMMUTABLE STRICT LANGUAGE sql AS $$ SELECT 1 $$;
-- then:
CREATE OR REPLACE FUNCTION one() RETURNS int LANGUAGE sql AS $$ SELECT 2 $$;
-- its down file:
CREATE OR REPLACE FUNCTION one() RETURNS int LANGUAGE sql SECURITY DEFINER AS $$ SELECT 1 $$;
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ after up and down, function one is security definer, not immutable, strict
-- or:
CREATE TABLE account (id bigint, age int);
ALTER TABLE account ADD CONSTRAINT grown CHECK (age > 17) NOT VALID;
-- then:
ALTER TABLE account DROP COLUMN IF EXISTS email, DROP CONSTRAINT grown;
-- its down file:
ALTER TABLE account ADD COLUMN email text, ADD CONSTRAINT grown CHECK (age > 17);
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ after up and down, column email of account is still there; constraint grown of account is validated, and was not
-- or:
CREATE TABLE account (id bigint, email text);
CREATE VIEW everybody AS SELECT a.*, 1 AS one FROM account a;
-- then:
ALTER TABLE account ADD COLUMN name text;
-- then:
DROP VIEW everybody;
-- its down file:
CREATE VIEW everybody AS SELECT a.*, 1 AS one FROM account a;
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ after up and down, view everybody has, for `*`, the columns id, email, name, not id, email
-- or:
CREATE TABLE account (name text, id bigint, email text);
CREATE VIEW everybody AS SELECT * FROM account;
-- then:
DROP VIEW everybody;
ALTER TABLE account DROP COLUMN id;
-- its down file:
ALTER TABLE account ADD COLUMN id bigint;
CREATE VIEW everybody AS SELECT * FROM account;
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ after up and down, view everybody has, for `*`, the columns name, email, id, not name, id, email
-- or:
CREATE TABLE account (id bigint);
-- then:
DROP INDEX IF EXISTS account_id;
-- its down file:
CREATE INDEX IF NOT EXISTS account_id ON account (id);
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ after up and down, index account_id is still there
