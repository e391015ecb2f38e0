CREATE TABLE account (id bigint PRIMARY KEY, email text);
CREATE INDEX account_email ON account (email);
CREATE TYPE mood AS ENUM ('good');
CREATE VIEW known AS SELECT 1;
-- then:
CREATE TABLE IF NOT EXISTS account (id bigint);
CREATE INDEX IF NOT EXISTS account_email ON account (email);
CREATE INDEX ON account (email);
CREATE OR REPLACE VIEW known AS SELECT 2;
CREATE TYPE team.mood AS ENUM ('good');
CREATE FUNCTION mood() RETURNS int LANGUAGE sql AS 'SELECT 1';
ALTER TABLE account ADD COLUMN IF NOT EXISTS email text;
ALTER TABLE account DROP COLUMN email, ADD COLUMN email text;
ALTER TABLE account DROP COLUMN email;
ALTER TABLE account ADD COLUMN email text;
DROP TABLE account;
-- its down file:
CREATE TABLE account (id bigint);
-- or:
CREATE TABLE account (id bigint PRIMARY KEY, email text);
-- then:
DO $$ BEGIN DROP TABLE account; END $$;
CREATE TABLE account (id bigint);
ALTER TABLE account ADD COLUMN email text;
-- or:
CREATE VIEW known AS SELECT 1 AS id;
CREATE MATERIALIZED VIEW total AS SELECT count(*) AS n FROM known;
CREATE INDEX total_n ON total (n);
-- then:
DROP VIEW known CASCADE;
CREATE MATERIALIZED VIEW total AS SELECT 1 AS n;
CREATE INDEX total_n ON total (n);
-- or:
CREATE TABLE account (id bigint PRIMARY KEY, email text);
-- then:
CREATE TEMPORARY TABLE account (id bigint);
