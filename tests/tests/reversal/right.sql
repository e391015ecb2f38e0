-- Ways back that lead back: by the server, all is as it was before.
CREATE TABLE item (id bigint);
-- then:
CREATE TABLE one (id bigint);
CREATE TABLE two (id bigint);
-- down:
DROP TABLE one, two;
-- or:
CREATE SCHEMA app;
CREATE TABLE app.item (id bigint);
CREATE TABLE item (id bigint);
-- then:
SET LOCAL search_path = app, public;
ALTER TABLE item ADD COLUMN note text;
-- down:
ALTER TABLE app.item DROP COLUMN note;
-- or:
CREATE TABLE "Odd.Name" (id bigint);
-- then:
ALTER TABLE "Odd.Name" ADD COLUMN "A b" text;
CREATE INDEX "Odd Index" ON "Odd.Name" ("A b");
-- down:
DROP INDEX U&"Odd\0020Index";
ALTER TABLE U&"Odd.N!0061me" UESCAPE '!' DROP COLUMN "A b";
-- or:
CREATE TABLE ITEM (ID bigint);
-- then:
ALTER TABLE "item" ADD COLUMN Note text;
-- down:
ALTER TABLE Item DROP COLUMN "note";
-- or:
CREATE TABLE item (id bigint);
-- then:
CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION f(a text) RETURNS int LANGUAGE sql AS 'SELECT 2';
-- down:
DROP FUNCTION f(text);
DROP FUNCTION f(integer);
-- or:
CREATE TABLE item (id bigint);
-- then:
CREATE FUNCTION f(IN a int4, OUT b text, VARIADIC c character varying[]) LANGUAGE sql AS $$ SELECT 'x' $$;
CREATE FUNCTION f(a pg_catalog.int8) RETURNS int LANGUAGE sql AS 'SELECT 2';
-- down:
DROP FUNCTION f(integer, varchar[]);
DROP FUNCTION f(bigint);
-- or:
CREATE TABLE item (id bigint);
-- then:
CREATE FUNCTION f(double precision, timestamp with time zone DEFAULT now()) RETURNS int LANGUAGE sql AS 'SELECT 1';
-- down:
DROP FUNCTION public.f(float8, timestamptz);
-- or:
CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION f(a text) RETURNS int LANGUAGE sql AS 'SELECT 2';
-- then:
CREATE OR REPLACE FUNCTION f(a int) RETURNS int LANGUAGE sql AS 'SELECT 3';
-- down:
CREATE OR REPLACE FUNCTION f(a int4) RETURNS int LANGUAGE sql AS 'SELECT 1';
-- or:
CREATE TABLE item (id bigint);
-- then:
CREATE FUNCTION only_one(a numeric(10, 2)) RETURNS int LANGUAGE sql AS 'SELECT 1';
-- down:
DROP FUNCTION only_one;
-- or:
CREATE DOMAIN amount AS int;
CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql AS 'SELECT 1';
-- then:
CREATE FUNCTION f(a amount) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION f(a amount[]) RETURNS int LANGUAGE sql AS 'SELECT 1';
-- down:
DROP FUNCTION IF EXISTS f(amount[]), f(public.amount);
-- or:
CREATE TABLE item (id bigint, a int);
CREATE VIEW shown AS SELECT id FROM item;
-- then:
CREATE OR REPLACE VIEW shown AS SELECT id FROM item WHERE a > 0;
-- down:
CREATE OR REPLACE VIEW shown AS SELECT id FROM item;
-- or:
CREATE TABLE item (id bigint, a int);
CREATE VIEW shown AS SELECT id FROM item WHERE a > 0;
-- then:
DROP VIEW shown;
-- down:
CREATE VIEW shown AS select item.id from public.item where (item.a > 0);
-- or:
CREATE TABLE item (id bigint, a int);
CREATE VIEW shown AS SELECT id FROM item;
CREATE VIEW over AS SELECT id FROM shown;
-- then:
DROP VIEW over, shown;
CREATE VIEW shown AS SELECT id, a FROM item;
CREATE VIEW over AS SELECT id, a FROM shown;
-- down:
DROP VIEW over;
DROP VIEW shown;
CREATE VIEW shown AS SELECT id FROM item;
CREATE VIEW over AS SELECT id FROM shown;
-- or:
CREATE TABLE item (id bigint, a int);
-- then:
CREATE MATERIALIZED VIEW kept AS SELECT id FROM item;
CREATE UNIQUE INDEX kept_id ON kept (id);
CREATE VIEW seen AS SELECT id FROM kept;
-- down:
DROP MATERIALIZED VIEW kept CASCADE;
-- or:
CREATE TABLE item (id bigint);
-- then:
ALTER TABLE item ENABLE ROW LEVEL SECURITY;
ALTER TABLE item FORCE ROW LEVEL SECURITY;
CREATE POLICY "Own rows" ON item USING (id > 0);
-- down:
DROP POLICY "Own rows" ON item;
ALTER TABLE item NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY;
-- or:
CREATE TABLE item (id bigint);
CREATE POLICY own ON item USING (id > 0);
-- then:
DROP POLICY own ON item;
-- down:
CREATE POLICY own ON item FOR ALL TO PUBLIC USING ((id > 0));
-- or:
CREATE TABLE item (id bigint);
CREATE POLICY own ON item FOR SELECT USING (true);
-- then:
ALTER POLICY own ON item RENAME TO mine;
-- down:
ALTER POLICY mine ON item RENAME TO own;
-- or:
CREATE TABLE item (id bigint);
GRANT SELECT ON item TO plain_role;
-- then:
GRANT SELECT, INSERT ON item TO "Odd Role";
-- down:
REVOKE INSERT, SELECT ON TABLE item FROM "Odd Role";
-- or:
CREATE TABLE item (id bigint);
-- then:
GRANT ALL ON item TO plain_role;
-- down:
REVOKE ALL PRIVILEGES ON item FROM plain_role;
-- or:
CREATE SCHEMA app;
-- then:
GRANT USAGE ON SCHEMA app TO plain_role;
-- down:
REVOKE USAGE ON SCHEMA app FROM plain_role;
-- or:
CREATE TABLE item (id bigint);
CREATE FUNCTION t() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER tick BEFORE INSERT ON item FOR EACH ROW EXECUTE FUNCTION t();
-- then:
DROP TRIGGER tick ON item;
CREATE TRIGGER tick BEFORE INSERT OR UPDATE ON item FOR EACH ROW EXECUTE FUNCTION t();
-- down:
DROP TRIGGER tick ON item;
CREATE TRIGGER tick BEFORE INSERT ON public.item FOR ROW EXECUTE PROCEDURE public.t();
-- or:
CREATE TABLE item (id bigint, a int);
CREATE FUNCTION t() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER tick BEFORE UPDATE ON item FOR EACH ROW WHEN (NEW.a > 0) EXECUTE FUNCTION t();
-- then:
DROP TRIGGER tick ON item;
-- down:
CREATE TRIGGER tick BEFORE UPDATE ON item FOR EACH ROW WHEN ((new.a > 0)) EXECUTE FUNCTION t();
-- or:
CREATE TABLE item (id bigint, a int CHECK (a > 0));
-- then:
ALTER TABLE item DROP CONSTRAINT item_a_check;
-- down:
ALTER TABLE item ADD CHECK ((a > 0));
-- or:
CREATE TABLE item (id bigint, a int, CONSTRAINT small CHECK (a IN (1, 2)));
-- then:
ALTER TABLE item DROP CONSTRAINT small;
-- down:
ALTER TABLE item ADD CONSTRAINT small CHECK (a = ANY (ARRAY[1, 2]));
-- or:
CREATE TABLE team (id bigint PRIMARY KEY);
CREATE TABLE item (id bigint, team bigint REFERENCES team);
-- then:
ALTER TABLE item DROP CONSTRAINT item_team_fkey;
-- down:
ALTER TABLE item ADD CONSTRAINT item_team_fkey FOREIGN KEY (team) REFERENCES team (id) NOT VALID;
ALTER TABLE item VALIDATE CONSTRAINT item_team_fkey;
-- or:
CREATE TABLE item (id bigint, a int);
CREATE INDEX item_a ON item (a) WHERE id > 0;
-- then:
DROP INDEX item_a;
-- down:
CREATE INDEX item_a ON item USING btree (a ASC) WHERE (id > 0);
-- or:
CREATE TABLE item (id bigint, a text);
CREATE INDEX ON item (lower(a));
-- then:
DROP INDEX item_lower_idx;
-- down:
CREATE INDEX item_lower_idx ON item (lower(a));
-- or:
CREATE TYPE mood AS ENUM ('good', 'bad');
-- then:
ALTER TYPE mood RENAME VALUE 'bad' TO 'worse';
-- down:
ALTER TYPE mood RENAME VALUE 'worse' TO 'bad';
-- or:
CREATE TYPE mood AS ENUM ('good');
CREATE TABLE item (id bigint, m mood);
-- then:
ALTER TYPE mood ADD VALUE 'bad';
-- down:
ALTER TYPE mood RENAME TO old;
CREATE TYPE mood AS ENUM ('good');
ALTER TABLE item ALTER COLUMN m TYPE mood USING m::text::mood;
DROP TYPE old;
-- or:
CREATE TYPE place AS (street text, town text);
-- then:
ALTER TYPE place ADD ATTRIBUTE country text;
-- down:
ALTER TYPE place DROP ATTRIBUTE country;
-- or:
CREATE DOMAIN amount AS int;
-- then:
ALTER DOMAIN amount ADD CONSTRAINT positive CHECK (VALUE > 0);
ALTER DOMAIN amount SET DEFAULT 1;
ALTER DOMAIN amount SET NOT NULL;
-- down:
ALTER DOMAIN amount DROP NOT NULL;
ALTER DOMAIN amount DROP DEFAULT;
ALTER DOMAIN amount DROP CONSTRAINT positive;
-- or:
CREATE SEQUENCE number;
-- then:
ALTER SEQUENCE number INCREMENT BY 5;
-- down:
ALTER SEQUENCE number INCREMENT BY 1;
-- or:
CREATE TABLE item (id bigint);
COMMENT ON TABLE item IS 'things';
-- then:
COMMENT ON TABLE item IS 'all things';
COMMENT ON COLUMN item.id IS 'its number';
-- down:
COMMENT ON COLUMN public.item.id IS NULL;
COMMENT ON TABLE item IS E'things';
-- or:
CREATE TABLE item (id bigint);
-- then:
CREATE RULE quiet AS ON DELETE TO item DO INSTEAD NOTHING;
-- down:
DROP RULE quiet ON item;
-- or:
CREATE TABLE item (id bigint, a int DEFAULT 1);
-- then:
ALTER TABLE item ALTER COLUMN a SET DEFAULT 2, ALTER COLUMN a TYPE bigint;
-- down:
ALTER TABLE item ALTER COLUMN a TYPE integer, ALTER COLUMN a SET DEFAULT 1;
-- or:
CREATE TABLE item (id bigint);
-- then:
ALTER TABLE item RENAME TO thing;
ALTER TABLE thing RENAME COLUMN id TO number;
-- down:
ALTER TABLE thing RENAME COLUMN number TO id;
ALTER TABLE thing RENAME TO item;
-- or:
CREATE TABLE item (id bigint, day date) PARTITION BY RANGE (day);
-- then:
CREATE TABLE item_2026 PARTITION OF item FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
-- down:
ALTER TABLE item DETACH PARTITION item_2026;
DROP TABLE item_2026;
-- or:
CREATE TABLE item (id bigint);
-- then:
CREATE SCHEMA app;
ALTER TABLE item SET SCHEMA app;
-- down:
ALTER TABLE app.item SET SCHEMA public;
DROP SCHEMA app;
-- or:
CREATE TABLE item (id bigint);
-- then:
CREATE TEMP TABLE item (id bigint);
CREATE INDEX item_id ON item (id);
ALTER TABLE item ADD COLUMN note text;
-- down:
SELECT 1;
-- or:
CREATE TABLE item (id bigint);
-- then:
ALTER TABLE item SET UNLOGGED;
ALTER TABLE item SET (fillfactor = 70);
-- down:
ALTER TABLE item RESET (fillfactor);
ALTER TABLE item SET LOGGED;
-- or:
CREATE TABLE item (id bigint);
-- then:
CREATE SCHEMA app CREATE TABLE a (id int) CREATE VIEW v AS SELECT id FROM a;
CREATE FUNCTION app.f() RETURNS int LANGUAGE sql AS 'SELECT 1';
-- down:
DROP SCHEMA app CASCADE;
-- or:
CREATE TABLE item (id bigint);
-- then:
ALTER TABLE item ADD COLUMN a int DEFAULT 0 NOT NULL CHECK (a >= 0) UNIQUE;
CREATE INDEX item_both ON item (id, a);
-- down:
ALTER TABLE item DROP COLUMN a;
-- or:
CREATE PROCEDURE p(a int) LANGUAGE sql AS 'SELECT 1';
-- then:
CREATE PROCEDURE p(a text) LANGUAGE sql AS 'SELECT 1';
-- down:
DROP ROUTINE p(text);
-- or:
CREATE TABLE item (id bigint, a text);
-- then:
CREATE STATISTICS pair ON id, a FROM item;
-- down:
DROP STATISTICS pair;
