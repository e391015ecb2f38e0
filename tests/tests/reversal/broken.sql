-- What a down file forgets: by the server, something is not as it was before.
CREATE TABLE item (id bigint);
-- then:
CREATE TABLE one (id bigint);
CREATE TABLE two (id bigint);
-- down:
DROP TABLE one;
-- or:
CREATE SCHEMA app;
CREATE TABLE app.item (id bigint);
-- then:
ALTER TABLE app.item ADD COLUMN note text, ADD COLUMN more text;
-- down:
ALTER TABLE app.item DROP COLUMN note;
-- or:
CREATE TABLE "Odd.Name" (id bigint);
-- then:
ALTER TABLE "Odd.Name" ADD COLUMN "A b" text;
CREATE INDEX "Odd Index" ON "Odd.Name" ("A b");
-- down:
DROP INDEX "Odd Index";
-- or:
CREATE TABLE U&"\0069tem" (id bigint);
-- then:
ALTER TABLE item ALTER COLUMN id SET NOT NULL;
ALTER TABLE U&"!0069tem" UESCAPE '!' ADD COLUMN note text;
-- down:
ALTER TABLE item DROP COLUMN note;
-- or:
CREATE SCHEMA app;
CREATE TABLE app.item (id bigint);
CREATE TABLE item (id bigint);
-- then:
ALTER TABLE item ADD COLUMN note text;
-- down:
ALTER TABLE app.item DROP COLUMN IF EXISTS note;
-- or:
CREATE TABLE item (id bigint);
-- then:
CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION f(a text) RETURNS int LANGUAGE sql AS 'SELECT 2';
-- down:
DROP FUNCTION f(int);
-- or:
CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql AS 'SELECT 1';
-- then:
CREATE FUNCTION f(a int[]) RETURNS int LANGUAGE sql AS 'SELECT 2';
-- down:
DROP FUNCTION f(int);
-- or:
CREATE DOMAIN amount AS int;
CREATE FUNCTION f(a amount) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql AS 'SELECT 2';
-- then:
CREATE OR REPLACE FUNCTION f(a amount) RETURNS int LANGUAGE sql AS 'SELECT 3';
-- down:
CREATE OR REPLACE FUNCTION f(a int) RETURNS int LANGUAGE sql AS 'SELECT 2';
-- or:
CREATE FUNCTION f(a int, b text DEFAULT 'x') RETURNS int LANGUAGE sql AS 'SELECT 1';
-- then:
DROP FUNCTION f(int, text);
-- down:
CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql AS 'SELECT 1';
-- or:
CREATE TABLE item (id bigint, a int);
CREATE VIEW shown AS SELECT id FROM item;
-- then:
CREATE OR REPLACE VIEW shown AS SELECT id FROM item WHERE a > 0;
-- down:
SELECT 1;
-- or:
CREATE TABLE item (id bigint, a int);
CREATE VIEW shown AS SELECT id FROM item WHERE a > 0;
-- then:
CREATE OR REPLACE VIEW shown AS SELECT id FROM item WHERE a > 1;
-- down:
CREATE OR REPLACE VIEW shown AS SELECT id FROM item WHERE a > 2;
-- or:
CREATE TABLE item (id bigint, a int);
CREATE VIEW shown AS SELECT id FROM item;
CREATE VIEW over AS SELECT id FROM shown;
-- then:
DROP VIEW over;
CREATE OR REPLACE VIEW shown AS SELECT id, a FROM item;
CREATE VIEW over AS SELECT id, a FROM shown;
-- down:
DROP VIEW over;
DROP VIEW shown;
CREATE VIEW shown AS SELECT id FROM item;
-- or:
CREATE TABLE item (id bigint, a int);
-- then:
CREATE MATERIALIZED VIEW kept AS SELECT id FROM item;
CREATE UNIQUE INDEX kept_id ON kept (id);
CREATE VIEW seen AS SELECT a FROM item;
-- down:
DROP MATERIALIZED VIEW kept;
-- or:
CREATE TABLE item (id bigint);
ALTER TABLE item ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON item USING (id > 0);
-- then:
DROP POLICY own ON item;
-- down:
CREATE POLICY own ON item USING (id > 1);
-- or:
CREATE TABLE item (id bigint);
-- then:
ALTER TABLE item ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON item USING (id > 0);
-- down:
DROP POLICY own ON item;
-- or:
CREATE TABLE item (id bigint);
CREATE POLICY own ON item FOR SELECT USING (true);
-- then:
ALTER POLICY own ON item RENAME TO mine;
-- down:
SELECT 1;
-- or:
CREATE TABLE item (id bigint);
CREATE POLICY own ON item FOR INSERT WITH CHECK (id > 0);
-- then:
ALTER POLICY own ON item WITH CHECK (id > 5);
-- down:
SELECT 1;
-- or:
CREATE TABLE item (id bigint);
-- then:
GRANT SELECT, INSERT ON item TO "Odd Role", plain_role;
-- down:
REVOKE SELECT, INSERT ON item FROM plain_role;
-- or:
CREATE TABLE item (id bigint);
GRANT SELECT ON item TO "Odd Role";
-- then:
REVOKE SELECT ON item FROM "Odd Role";
-- down:
GRANT SELECT ON item TO plain_role;
-- or:
CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql AS 'SELECT 1';
-- then:
REVOKE EXECUTE ON FUNCTION f(int) FROM public;
-- down:
SELECT 1;
-- or:
CREATE SCHEMA app;
-- then:
GRANT USAGE ON SCHEMA app TO plain_role;
-- down:
SELECT 1;
-- or:
CREATE TABLE item (id bigint);
CREATE FUNCTION t() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER tick BEFORE INSERT ON item FOR EACH ROW EXECUTE FUNCTION t();
-- then:
DROP TRIGGER tick ON item;
CREATE TRIGGER tick BEFORE INSERT OR UPDATE ON item FOR EACH ROW EXECUTE FUNCTION t();
-- down:
DROP TRIGGER tick ON item;
CREATE TRIGGER tick AFTER INSERT ON item FOR EACH ROW EXECUTE FUNCTION t();
-- or:
CREATE TABLE item (id bigint, a int);
CREATE FUNCTION t() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER tick BEFORE UPDATE ON item FOR EACH ROW WHEN (NEW.a > 0) EXECUTE FUNCTION t();
-- then:
DROP TRIGGER tick ON item;
-- down:
CREATE TRIGGER tick BEFORE UPDATE ON item FOR EACH ROW EXECUTE FUNCTION t();
-- or:
CREATE TABLE item (id bigint);
CREATE FUNCTION t() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER tick BEFORE INSERT ON item FOR EACH ROW EXECUTE FUNCTION t();
-- then:
ALTER TABLE item DISABLE TRIGGER tick;
-- down:
SELECT 1;
-- or:
CREATE TABLE item (id bigint, a int CHECK (a > 0));
-- then:
ALTER TABLE item DROP CONSTRAINT item_a_check;
-- down:
ALTER TABLE item ADD CONSTRAINT item_a_check CHECK (a > 1);
-- or:
CREATE TABLE item (id bigint, a int, CONSTRAINT small CHECK (a < 10 AND id > 0));
-- then:
ALTER TABLE item DROP CONSTRAINT small;
-- down:
ALTER TABLE item ADD CONSTRAINT small CHECK (a < 10 OR id > 0);
-- or:
CREATE TABLE team (id bigint PRIMARY KEY);
CREATE TABLE item (id bigint, team bigint REFERENCES team);
-- then:
ALTER TABLE item DROP CONSTRAINT item_team_fkey;
-- down:
ALTER TABLE item ADD CONSTRAINT item_team_fkey FOREIGN KEY (team) REFERENCES team NOT VALID;
-- or:
CREATE TABLE item (id bigint, a int);
CREATE INDEX item_a ON item (a) WHERE id > 0;
-- then:
DROP INDEX item_a;
-- down:
CREATE INDEX item_a ON item (a) WHERE id > 1;
-- or:
CREATE TABLE item (id bigint, a text);
CREATE INDEX item_a ON item (lower(a));
-- then:
DROP INDEX item_a;
-- down:
CREATE INDEX item_a ON item (upper(a));
-- or:
CREATE TABLE item (id bigint, a text);
CREATE INDEX item_a ON item (a, id DESC);
-- then:
DROP INDEX item_a;
-- down:
CREATE INDEX item_a ON item (a, id);
-- or:
CREATE TABLE item (id bigint, a int[]);
CREATE INDEX item_a ON item USING gin (a);
-- then:
DROP INDEX item_a;
-- down:
CREATE INDEX item_a ON item (a);
-- or:
CREATE TYPE mood AS ENUM ('good');
-- then:
ALTER TYPE mood ADD VALUE 'bad';
-- down:
SELECT 1;
-- or:
CREATE TYPE mood AS ENUM ('good', 'bad');
-- then:
ALTER TYPE mood RENAME VALUE 'bad' TO 'worse';
-- down:
ALTER TYPE mood RENAME VALUE 'good' TO 'bad';
-- or:
CREATE TYPE place AS (street text, town text);
-- then:
ALTER TYPE place ADD ATTRIBUTE country text;
-- down:
SELECT 1;
-- or:
CREATE DOMAIN amount AS int CHECK (VALUE > 0);
-- then:
ALTER DOMAIN amount SET DEFAULT 1;
-- down:
SELECT 1;
-- or:
CREATE DOMAIN amount AS int;
-- then:
ALTER DOMAIN amount ADD CONSTRAINT positive CHECK (VALUE > 0);
ALTER DOMAIN amount SET NOT NULL;
-- down:
ALTER DOMAIN amount DROP CONSTRAINT positive;
-- or:
CREATE SEQUENCE number;
-- then:
ALTER SEQUENCE number INCREMENT BY 5;
-- down:
SELECT 1;
-- or:
CREATE TABLE item (id bigint);
COMMENT ON TABLE item IS 'things';
-- then:
COMMENT ON TABLE item IS 'all things';
-- down:
COMMENT ON TABLE item IS NULL;
-- or:
CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION f(a text) RETURNS int LANGUAGE sql AS 'SELECT 1';
-- then:
COMMENT ON FUNCTION f(text) IS 'of a text';
-- down:
COMMENT ON FUNCTION f(int) IS NULL;
-- or:
CREATE TABLE item (id bigint);
-- then:
CREATE RULE quiet AS ON DELETE TO item DO INSTEAD NOTHING;
-- down:
SELECT 1;
-- or:
CREATE TABLE item (id bigint, a int DEFAULT 1);
-- then:
ALTER TABLE item ALTER COLUMN a SET DEFAULT 2, ALTER COLUMN a TYPE bigint;
-- down:
ALTER TABLE item ALTER COLUMN a TYPE int;
-- or:
CREATE TABLE item (id bigint);
-- then:
ALTER TABLE item RENAME TO thing;
ALTER TABLE thing RENAME COLUMN id TO number;
-- down:
ALTER TABLE thing RENAME TO item;
-- or:
CREATE TABLE item (id bigint, day date) PARTITION BY RANGE (day);
-- then:
CREATE TABLE item_2026 PARTITION OF item FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE item_2027 PARTITION OF item FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');
-- down:
DROP TABLE item_2026;
-- or:
CREATE TABLE item (id bigint);
-- then:
CREATE SCHEMA app;
ALTER TABLE item SET SCHEMA app;
-- down:
SELECT 1;
-- or:
CREATE TABLE item (id bigint);
-- then:
CREATE TEMP TABLE item (id bigint);
ALTER TABLE public.item ADD COLUMN note text;
-- down:
SELECT 1;
-- or:
CREATE TABLE item (id bigint);
-- then:
ALTER TABLE item SET UNLOGGED;
-- down:
SELECT 1;
-- or:
CREATE TABLE item (id bigint);
-- then:
ALTER TABLE item SET (fillfactor = 70);
-- down:
SELECT 1;
-- or:
CREATE PROCEDURE p(a int) LANGUAGE sql AS 'SELECT 1';
-- then:
CREATE PROCEDURE p(a text) LANGUAGE sql AS 'SELECT 1';
-- down:
DROP PROCEDURE p(int);
-- or:
CREATE TABLE item (id bigint, a text);
-- then:
CREATE STATISTICS pair ON id, a FROM item;
-- down:
SELECT 1;
