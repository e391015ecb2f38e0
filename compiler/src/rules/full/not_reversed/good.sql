CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100) UNIQUE, team bigint);
CREATE TABLE team (id serial PRIMARY KEY, made timestamptz DEFAULT now(), is_open boolean DEFAULT 'f');
CREATE TABLE member (team int REFERENCES team ON DELETE CASCADE, age int NOT NULL CHECK (age > 0));
CREATE TABLE place (id bigint NOT NULL, up bigint REFERENCES team, CONSTRAINT here NOT NULL up);
ALTER TABLE place ALTER CONSTRAINT place_up_fkey DEFERRABLE;
-- then:
DROP TABLE place;
ALTER TABLE account ADD COLUMN name text, ALTER COLUMN email TYPE text;
CREATE TABLE town (id bigint);
CREATE INDEX ON account (team);
ALTER TABLE account DROP CONSTRAINT account_email_key;
ALTER TABLE member DROP COLUMN team, DROP COLUMN age;
DROP TABLE member;
ALTER TABLE team ALTER COLUMN made DROP DEFAULT, ALTER COLUMN is_open SET DEFAULT true;
ALTER TABLE team DROP COLUMN id;
-- its down file:
CREATE TABLE place (id bigint, CONSTRAINT id_set NOT NULL id, up bigint NOT NULL);
ALTER TABLE place ADD FOREIGN KEY (up) REFERENCES team DEFERRABLE;
ALTER TABLE team ADD COLUMN id int4 NOT NULL DEFAULT nextval('team_id_seq') PRIMARY KEY;
ALTER TABLE team ALTER COLUMN made SET DEFAULT (now()), ALTER COLUMN is_open SET DEFAULT FALSE;
CREATE TABLE member (team integer, age int4 NOT NULL, CONSTRAINT member_age_check CHECK (age > 0));
ALTER TABLE member ADD FOREIGN KEY (team) REFERENCES team (id) ON DELETE CASCADE;
ALTER TABLE account ADD UNIQUE (email);
DROP INDEX account_team_idx;
DROP TABLE town;
ALTER TABLE account DROP COLUMN name, ALTER COLUMN email SET DATA TYPE character varying(100);
-- or:
CREATE TABLE team (id bigint);
DO $$ BEGIN DROP TABLE team; END $$;
-- its down file:
SELECT 1;
-- or:
CREATE TABLE account (id bigint);
-- then:
ALTER TABLE account ADD COLUMN name text;
-- its down file:
DO $$ BEGIN PERFORM drop_column('name'); END $$;
-- or:
CREATE SCHEMA audit;
CREATE TABLE audit.log (id bigint);
CREATE TYPE audit.mood AS ENUM ('good');
-- its down file:
DROP SCHEMA audit CASCADE;
-- or:
CREATE SCHEMA audit;
-- then:
SET LOCAL search_path = audit, public;
CREATE TABLE log (id bigint);
-- its down file:
DROP TABLE audit.log;
-- or:
CREATE TEMPORARY TABLE picked AS SELECT 1 AS id;
-- its down file:
SELECT 1;
-- or:
DROP TABLE IF EXISTS old;
DROP VIEW IF EXISTS older;
-- its down file:
CREATE TABLE old (id bigint);
-- or:
CREATE SEQUENCE number;
CREATE TABLE team (id bigint);
CREATE VIEW known AS SELECT id FROM team;
-- its down file:
DROP TABLE team CASCADE;
-- or:
CREATE TABLE account (id bigint, age int DEFAULT 1);
CREATE TABLE copied (LIKE account);
-- then:
ALTER TABLE copied ADD COLUMN name text;
ALTER TABLE account ALTER COLUMN age SET NOT NULL;
ALTER TABLE account ALTER COLUMN age DROP DEFAULT;
-- its down file:
ALTER TABLE account ALTER COLUMN age DROP NOT NULL;
ALTER TABLE account ALTER COLUMN age SET DEFAULT (1);
-- or:
CREATE TABLE team (id bigint);
-- its down file:
-- pgstrata: code crate::schema::drop_tables
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
COMMENT ON COLUMN account.email IS 'new';
GRANT ALL ON account TO PUBLIC;
ALTER TABLE account ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE OR REPLACE FUNCTION touch() RETURNS trigger AS 'BEGIN RETURN OLD; END' LANGUAGE 'plpgsql';
-- its down file:
CREATE OR REPLACE VIEW known AS SELECT account.id, account.email AS email FROM account;
CREATE TRIGGER touched BEFORE UPDATE ON account FOR EACH ROW EXECUTE PROCEDURE touch();
CREATE POLICY own ON account AS PERMISSIVE FOR SELECT TO public USING (((id = 1)));
CREATE INDEX account_both ON account USING btree (id, email);
COMMENT ON TABLE account IS 'who may log in';
COMMENT ON COLUMN account.email IS '';
REVOKE ALL PRIVILEGES ON TABLE account FROM PUBLIC;
ALTER TABLE account DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY;
CREATE OR REPLACE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $body$ BEGIN RETURN NEW; END $body$;
-- or:
CREATE TYPE mood AS ENUM ('good');
CREATE TABLE account (mood mood DEFAULT 'good');
-- then:
ALTER TYPE mood ADD VALUE 'bad';
-- its down file:
CREATE TYPE mood_old AS ENUM ('good');
ALTER TABLE account ALTER COLUMN mood DROP DEFAULT;
ALTER TABLE account ALTER COLUMN mood TYPE mood_old USING mood::text::mood_old;
DROP TYPE mood;
ALTER TYPE mood_old RENAME TO mood;
ALTER TABLE account ALTER COLUMN mood SET DEFAULT 'good'::mood;
-- or:
CREATE TYPE mood AS ENUM ('good');
CREATE TABLE account (mood mood DEFAULT 'good');
ALTER TYPE mood RENAME VALUE 'good' TO 'fine';
-- then:
ALTER TABLE account DROP COLUMN mood;
-- its down file:
ALTER TABLE account ADD COLUMN mood mood DEFAULT 'fine'::public.mood;
-- or:
CREATE SCHEMA audit;
CREATE TABLE audit.log (id bigint);
ALTER SCHEMA audit RENAME TO trail;
-- then:
DROP TABLE trail.log;
-- its down file:
CREATE TABLE trail.log (id bigint);
-- or:
CREATE TABLE account (id bigint);
CREATE TABLE copied AS SELECT id FROM account;
-- then:
DROP TABLE copied;
-- its down file:
CREATE TABLE copied (id bigint);
-- or:
CREATE TABLE account (id bigint, note text);
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER touched BEFORE UPDATE ON account FOR EACH ROW EXECUTE FUNCTION touch();
DROP FUNCTION touch CASCADE;
-- then:
CREATE TABLE other (id bigint);
DROP TABLE account;
-- its down file:
CREATE TABLE account (id bigint, note text);
DROP TABLE other;
-- or:
CREATE TABLE event (id bigint, at date) PARTITION BY RANGE (at);
CREATE TABLE event_2024 PARTITION OF event FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
-- then:
CREATE INDEX event_2024_id ON event_2024 (id);
CREATE INDEX event_id ON event (id);
-- its down file:
DROP INDEX event_id;
-- or:
CREATE INDEX theirs_id ON theirs (id);
-- its down file:
DROP INDEX IF EXISTS theirs_index;
-- or:
CREATE TABLE account (id bigint, email text);
CREATE VIEW everybody AS SELECT * FROM account;
CREATE VIEW others AS SELECT * FROM elsewhere;
-- then:
DROP VIEW everybody;
ALTER TABLE account ADD COLUMN name text;
CREATE VIEW everybody AS SELECT * FROM account;
DROP VIEW others;
-- its down file:
DROP VIEW everybody;
ALTER TABLE account DROP COLUMN name;
CREATE VIEW everybody AS SELECT * FROM account;
CREATE VIEW others AS SELECT * FROM elsewhere;
-- or:
CREATE TABLE account (id bigint);
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER touched AFTER UPDATE ON account FOR EACH ROW EXECUTE FUNCTION touch();
ALTER FUNCTION touch() RENAME TO touch_row;
-- then:
DROP TRIGGER touched ON account;
-- its down file:
CREATE TRIGGER touched AFTER UPDATE ON account FOR EACH ROW EXECUTE FUNCTION touch_row();
-- or:
CREATE TABLE account (name text, email text, id bigint);
CREATE VIEW everybody AS SELECT * FROM account;
-- then:
DROP VIEW everybody;
ALTER TABLE account DROP COLUMN id;
-- its down file:
ALTER TABLE account ADD COLUMN id bigint;
CREATE VIEW everybody AS SELECT * FROM account;
-- or:
DROP INDEX IF EXISTS elsewhere_id;
-- its down file:
CREATE INDEX IF NOT EXISTS elsewhere_id ON elsewhere (id);
-- or:
CREATE TABLE account (id bigint);
DO $$ BEGIN EXECUTE 'CREATE INDEX account_id ON account (id)'; END $$;
-- then:
DROP INDEX IF EXISTS account_id;
-- its down file:
CREATE INDEX IF NOT EXISTS account_id ON account (id);
