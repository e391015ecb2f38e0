CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint);
-- then:
-- pgstrata: requires-table invoice
ALTER TABLE account ADD COLUMN mail text;
ALTER TABLE IF EXISTS other ADD COLUMN mail text;
-- Somebody else makes this one.
ALTER TABLE invoice ADD COLUMN account bigint;
ALTER TABLE account DROP COLUMN email, ADD COLUMN name text, ALTER COLUMN name SET NOT NULL;
ALTER TABLE account DROP COLUMN IF EXISTS phone;
CREATE TABLE copy (LIKE account);
ALTER TABLE copy DROP COLUMN mail;
CREATE TEMPORARY TABLE scratch AS SELECT 1 AS id;
ALTER TABLE scratch ADD COLUMN name text;
DROP TABLE scratch;
DROP TABLE IF EXISTS other;
DROP TRIGGER touch ON account;
DROP FUNCTION touch();
DROP TABLE audit.log;
-- or:
CREATE VIEW known AS SELECT 1 AS id;
CREATE SEQUENCE number;
-- then:
ALTER TABLE known RENAME COLUMN id TO number;
ALTER TABLE number OWNER TO owner;
DROP VIEW known;
-- or:
DO $$ BEGIN CREATE TABLE made (id bigint); END $$;
-- then:
ALTER TABLE made ADD COLUMN name text;
-- or:
-- pgstrata: code crate::schema::make_tables
-- then:
ALTER TABLE made ADD COLUMN name text;
-- or:
CREATE SCHEMA audit;
CREATE TABLE audit.log (id bigint);
CREATE TABLE account (id bigint);
-- then:
SET LOCAL search_path = audit, public;
ALTER TABLE log ADD COLUMN at timestamptz;
ALTER TABLE account ADD COLUMN at timestamptz;
ALTER TABLE U&"l\006fg" DROP COLUMN "at";
-- or:
CREATE TEMPORARY TABLE picked AS SELECT 1 AS id;
CREATE INDEX ON picked (id);
DROP TABLE picked;
-- or:
ALTER TABLE theirs.account ADD COLUMN at timestamptz;
-- or:
CREATE TEMPORARY TABLE account AS SELECT 1 AS id;
-- then:
CREATE TABLE account (id bigint, email text);
ALTER TABLE account DROP COLUMN email;
-- its down file:
DROP TABLE account;
