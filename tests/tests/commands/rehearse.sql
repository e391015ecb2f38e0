-- A line `-- case:` begins a pair; above `-- up:` stands what was there before it, below `-- down:`
-- its way back, and below `-- broken:` one of which a rehearsal says what stands behind `-- finds:`.

-- case: a table is not dropped
-- up:
CREATE TABLE t1 (id bigint);
-- down:
DROP TABLE t1;
-- broken:
SELECT 1;
-- finds: down: table t1: left over
-- finds: up again fails

-- case: one table of two is not dropped
-- up:
CREATE TABLE t2 (id bigint);
CREATE TABLE t2_b (id bigint);
-- down:
DROP TABLE t2_b;
DROP TABLE t2;
-- broken:
DROP TABLE t2;
-- finds: down: table t2_b: left over
-- finds: up again fails

-- case: a column is not dropped
CREATE TABLE t3 (id bigint, name text);
-- up:
ALTER TABLE t3 ADD COLUMN age int, ADD COLUMN size int;
-- down:
ALTER TABLE t3 DROP COLUMN size, DROP COLUMN age;
-- broken:
ALTER TABLE t3 DROP COLUMN age;
-- finds: down: column t3.size: left over
-- finds: up again fails

-- case: a dropped column does not come back
CREATE TABLE t4 (id bigint, name text, note text);
-- up:
ALTER TABLE t4 DROP COLUMN note;
-- down:
ALTER TABLE t4 ADD COLUMN note text;
-- broken:
SELECT 1;
-- finds: down: column t4.note: missing
-- finds: up again fails

-- case: another type comes back
CREATE TABLE t5 (id bigint, name varchar(500));
-- up:
ALTER TABLE t5 ALTER COLUMN name TYPE text;
-- down:
ALTER TABLE t5 ALTER COLUMN name TYPE varchar(500);
-- broken:
ALTER TABLE t5 ALTER COLUMN name TYPE varchar(50);
-- finds: down: column t5.name: type

-- case: a narrower number comes back
CREATE TABLE t6 (id int);
-- up:
ALTER TABLE t6 ALTER COLUMN id TYPE bigint;
-- down:
ALTER TABLE t6 ALTER COLUMN id TYPE int;
-- broken:
ALTER TABLE t6 ALTER COLUMN id TYPE smallint;
-- finds: down: column t6.id: type

-- case: a default is lost
CREATE TABLE t7 (id bigint, state text DEFAULT 'new');
-- up:
ALTER TABLE t7 ALTER COLUMN state DROP DEFAULT;
-- down:
ALTER TABLE t7 ALTER COLUMN state SET DEFAULT 'new';
-- broken:
SELECT 1;
-- finds: down: column t7.state: default

-- case: a default stays
CREATE TABLE t8 (id bigint, name text);
-- up:
ALTER TABLE t8 ALTER COLUMN name SET DEFAULT 'x';
-- down:
ALTER TABLE t8 ALTER COLUMN name DROP DEFAULT;
-- broken:
SELECT 1;
-- finds: down: column t8.name: default

-- case: another default comes back
CREATE TABLE t9 (id bigint DEFAULT 1);
-- up:
ALTER TABLE t9 ALTER COLUMN id SET DEFAULT 2;
-- down:
ALTER TABLE t9 ALTER COLUMN id SET DEFAULT 1;
-- broken:
ALTER TABLE t9 ALTER COLUMN id SET DEFAULT 3;
-- finds: down: column t9.id: default

-- case: NOT NULL stays
CREATE TABLE t10 (id bigint, name text);
-- up:
ALTER TABLE t10 ALTER COLUMN name SET NOT NULL;
-- down:
ALTER TABLE t10 ALTER COLUMN name DROP NOT NULL;
-- broken:
SELECT 1;
-- finds: down: column t10.name: not null

-- case: NOT NULL is lost
CREATE TABLE t11 (id bigint NOT NULL);
-- up:
ALTER TABLE t11 ALTER COLUMN id DROP NOT NULL;
-- down:
ALTER TABLE t11 ALTER COLUMN id SET NOT NULL;
-- broken:
SELECT 1;
-- finds: down: column t11.id: not null

-- case: a constraint comes back under another name
CREATE TABLE t12 (id bigint, CONSTRAINT t12_positive CHECK (id > 0));
-- up:
ALTER TABLE t12 DROP CONSTRAINT t12_positive;
-- down:
ALTER TABLE t12 ADD CONSTRAINT t12_positive CHECK (id > 0);
-- broken:
ALTER TABLE t12 ADD CHECK (id > 0);
-- finds: down: constraint t12_positive of t12: missing
-- finds: down: constraint t12_id_check of t12: left over
-- finds: up again fails

-- case: a check is not dropped
CREATE TABLE t13 (id bigint, name text);
-- up:
ALTER TABLE t13 ADD CONSTRAINT t13_id CHECK (id > 0);
-- down:
ALTER TABLE t13 DROP CONSTRAINT t13_id;
-- broken:
SELECT 1;
-- finds: down: constraint t13_id of t13: left over
-- finds: up again fails

-- case: a check comes back with another condition
CREATE TABLE t14 (id bigint, CONSTRAINT t14_id CHECK (id > 0));
-- up:
ALTER TABLE t14 DROP CONSTRAINT t14_id;
-- down:
ALTER TABLE t14 ADD CONSTRAINT t14_id CHECK (id > 0);
-- broken:
ALTER TABLE t14 ADD CONSTRAINT t14_id CHECK (id >= 0);
-- finds: down: constraint t14_id of t14: definition

-- case: a constraint comes back unvalidated
CREATE TABLE t15 (id bigint, CONSTRAINT t15_id CHECK (id > 0));
-- up:
ALTER TABLE t15 DROP CONSTRAINT t15_id;
-- down:
ALTER TABLE t15 ADD CONSTRAINT t15_id CHECK (id > 0);
-- broken:
ALTER TABLE t15 ADD CONSTRAINT t15_id CHECK (id > 0) NOT VALID;
-- finds: down: constraint t15_id of t15: definition

-- case: a foreign key loses what it does on deletion
CREATE TABLE t16_a (id bigint PRIMARY KEY);
CREATE TABLE t16 (a bigint CONSTRAINT t16_a_key REFERENCES t16_a ON DELETE CASCADE);
-- up:
ALTER TABLE t16 DROP CONSTRAINT t16_a_key;
-- down:
ALTER TABLE t16 ADD CONSTRAINT t16_a_key FOREIGN KEY (a) REFERENCES t16_a ON DELETE CASCADE;
-- broken:
ALTER TABLE t16 ADD CONSTRAINT t16_a_key FOREIGN KEY (a) REFERENCES t16_a;
-- finds: down: constraint t16_a_key of t16: definition

-- case: a foreign key is not dropped
CREATE TABLE t17_a (id bigint PRIMARY KEY);
CREATE TABLE t17 (a bigint);
-- up:
ALTER TABLE t17 ADD CONSTRAINT t17_a_key FOREIGN KEY (a) REFERENCES t17_a;
-- down:
ALTER TABLE t17 DROP CONSTRAINT t17_a_key;
-- broken:
SELECT 1;
-- finds: down: constraint t17_a_key of t17: left over
-- finds: up again fails

-- case: a unique constraint comes back as an index
CREATE TABLE t18 (id bigint CONSTRAINT t18_id UNIQUE);
-- up:
ALTER TABLE t18 DROP CONSTRAINT t18_id;
-- down:
ALTER TABLE t18 ADD CONSTRAINT t18_id UNIQUE (id);
-- broken:
CREATE UNIQUE INDEX t18_id ON t18 (id);
-- finds: down: constraint t18_id of t18: missing
-- finds: down: index t18_id: left over
-- finds: up again fails

-- case: a primary key does not come back
CREATE TABLE t19 (id bigint CONSTRAINT t19_pkey PRIMARY KEY);
-- up:
ALTER TABLE t19 DROP CONSTRAINT t19_pkey;
-- down:
ALTER TABLE t19 ADD CONSTRAINT t19_pkey PRIMARY KEY (id);
-- broken:
SELECT 1;
-- finds: down: constraint t19_pkey of t19: missing
-- finds: up again fails

-- case: an index is not dropped
CREATE TABLE t20 (id bigint, name text);
-- up:
CREATE INDEX t20_name ON t20 (name);
-- down:
DROP INDEX t20_name;
-- broken:
SELECT 1;
-- finds: down: index t20_name: left over
-- finds: up again fails

-- case: an index comes back without its predicate
CREATE TABLE t21 (id bigint, name text);
CREATE INDEX t21_name ON t21 (name) WHERE id > 0;
-- up:
DROP INDEX t21_name;
-- down:
CREATE INDEX t21_name ON t21 (name) WHERE id > 0;
-- broken:
CREATE INDEX t21_name ON t21 (name);
-- finds: down: index t21_name: definition

-- case: an index comes back with other columns
CREATE TABLE t22 (id bigint, name text);
CREATE INDEX t22_name ON t22 (name, id);
-- up:
DROP INDEX t22_name;
-- down:
CREATE INDEX t22_name ON t22 (name, id);
-- broken:
CREATE INDEX t22_name ON t22 (id, name);
-- finds: down: index t22_name: definition

-- case: a unique index comes back as a plain one
CREATE TABLE t23 (id bigint, name text);
CREATE UNIQUE INDEX t23_name ON t23 (name);
-- up:
DROP INDEX t23_name;
-- down:
CREATE UNIQUE INDEX t23_name ON t23 (name);
-- broken:
CREATE INDEX t23_name ON t23 (name);
-- finds: down: index t23_name: definition

-- case: an index comes back in another order
CREATE TABLE t24 (id bigint, name text);
CREATE INDEX t24_name ON t24 (name DESC);
-- up:
DROP INDEX t24_name;
-- down:
CREATE INDEX t24_name ON t24 (name DESC);
-- broken:
CREATE INDEX t24_name ON t24 (name);
-- finds: down: index t24_name: definition

-- case: an index comes back with another method
CREATE TABLE t25 (id bigint, name text);
CREATE INDEX t25_name ON t25 USING hash (name);
-- up:
DROP INDEX t25_name;
-- down:
CREATE INDEX t25_name ON t25 USING hash (name);
-- broken:
CREATE INDEX t25_name ON t25 (name);
-- finds: down: index t25_name: definition

-- case: a sequence loses its owner
CREATE TABLE t26 (id bigint, name text);
CREATE SEQUENCE t26_seq OWNED BY t26.id;
-- up:
ALTER SEQUENCE t26_seq OWNED BY NONE;
-- down:
ALTER SEQUENCE t26_seq OWNED BY t26.id;
-- broken:
SELECT 1;
-- finds: down: sequence t26_seq: owned by

-- case: a sequence is not dropped
CREATE TABLE t27 (id bigint, name text);
-- up:
CREATE SEQUENCE t27_seq;
-- down:
DROP SEQUENCE t27_seq;
-- broken:
SELECT 1;
-- finds: down: sequence t27_seq: left over
-- finds: up again fails

-- case: a sequence counts in other steps
CREATE SEQUENCE t28 INCREMENT 10;
-- up:
ALTER SEQUENCE t28 INCREMENT 1;
-- down:
ALTER SEQUENCE t28 INCREMENT 10;
-- broken:
SELECT 1;
-- finds: down: sequence t28: definition

-- case: a value of an enum stays
CREATE TYPE t29 AS ENUM ('a', 'b');
-- up:
ALTER TYPE t29 ADD VALUE 'c';
-- down:
DROP TYPE t29;
CREATE TYPE t29 AS ENUM ('a', 'b');
-- broken:
SELECT 1;
-- finds: down: type t29: values
-- finds: up again fails

-- case: the values of an enum come back in another order
CREATE TYPE t30 AS ENUM ('a', 'b');
-- up:
DROP TYPE t30;
-- down:
CREATE TYPE t30 AS ENUM ('a', 'b');
-- broken:
CREATE TYPE t30 AS ENUM ('b', 'a');
-- finds: down: type t30: values

-- case: a type is not dropped
-- up:
CREATE TYPE t31 AS (a int, b text);
-- down:
DROP TYPE t31;
-- broken:
SELECT 1;
-- finds: down: type t31: left over
-- finds: up again fails

-- case: an attribute of a type is lost
CREATE TYPE t32 AS (a int, b text);
-- up:
ALTER TYPE t32 DROP ATTRIBUTE b;
-- down:
ALTER TYPE t32 ADD ATTRIBUTE b text;
-- broken:
SELECT 1;
-- finds: down: type t32: attributes
-- finds: up again fails

-- case: a domain loses its check
CREATE DOMAIN t33 AS int CONSTRAINT t33_positive CHECK (VALUE > 0);
-- up:
ALTER DOMAIN t33 DROP CONSTRAINT t33_positive;
-- down:
ALTER DOMAIN t33 ADD CONSTRAINT t33_positive CHECK (VALUE > 0);
-- broken:
SELECT 1;
-- finds: down: constraint t33_positive of t33: missing
-- finds: up again fails

-- case: a domain keeps its default
CREATE DOMAIN t34 AS int;
-- up:
ALTER DOMAIN t34 SET DEFAULT 1;
-- down:
ALTER DOMAIN t34 DROP DEFAULT;
-- broken:
SELECT 1;
-- finds: down: domain t34: definition

-- case: a function keeps its new body
CREATE FUNCTION t35() RETURNS int LANGUAGE sql AS 'SELECT 1';
-- up:
CREATE OR REPLACE FUNCTION t35() RETURNS int LANGUAGE sql AS 'SELECT 2';
-- down:
CREATE OR REPLACE FUNCTION t35() RETURNS int LANGUAGE sql AS 'SELECT 1';
-- broken:
SELECT 1;
-- finds: down: function t35(): definition

-- case: a function comes back as volatile
CREATE FUNCTION t36() RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT 1';
-- up:
DROP FUNCTION t36();
-- down:
CREATE FUNCTION t36() RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT 1';
-- broken:
CREATE FUNCTION t36() RETURNS int LANGUAGE sql AS 'SELECT 1';
-- finds: down: function t36(): definition

-- case: an overload is not dropped
CREATE FUNCTION t37(a int) RETURNS int LANGUAGE sql AS 'SELECT 1';
-- up:
CREATE FUNCTION t37(a text) RETURNS int LANGUAGE sql AS 'SELECT 1';
-- down:
DROP FUNCTION t37(text);
-- broken:
DROP FUNCTION t37(int);
CREATE FUNCTION t37(a int) RETURNS int LANGUAGE sql AS 'SELECT 1';
-- finds: down: function t37(a text): left over
-- finds: up again fails

-- case: a procedure is not dropped
-- up:
CREATE PROCEDURE t38() LANGUAGE sql AS 'SELECT 1';
-- down:
DROP PROCEDURE t38();
-- broken:
SELECT 1;
-- finds: down: procedure t38(): left over
-- finds: up again fails

-- case: an aggregate is not dropped
-- up:
CREATE AGGREGATE t39(int) (SFUNC = int4pl, STYPE = int);
-- down:
DROP AGGREGATE t39(int);
-- broken:
SELECT 1;
-- finds: down: aggregate t39(integer): left over
-- finds: up again fails

-- case: a view keeps its new definition
CREATE TABLE t40 (id bigint, name text);
CREATE VIEW t40_view AS SELECT id FROM t40;
-- up:
CREATE OR REPLACE VIEW t40_view AS SELECT id FROM t40 WHERE id > 0;
-- down:
CREATE OR REPLACE VIEW t40_view AS SELECT id FROM t40;
-- broken:
SELECT 1;
-- finds: down: view t40_view: definition

-- case: a view goes with the table and does not come back
CREATE TABLE t41 (id bigint, name text);
CREATE VIEW t41_view AS SELECT id FROM t41;
-- up:
DROP TABLE t41 CASCADE;
-- down:
CREATE TABLE t41 (id bigint, name text);
CREATE VIEW t41_view AS SELECT id FROM t41;
-- broken:
CREATE TABLE t41 (id bigint, name text);
-- finds: down: view t41_view: missing

-- case: a materialized view loses its index
CREATE TABLE t42 (id bigint, name text);
CREATE MATERIALIZED VIEW t42_view AS SELECT id FROM t42;
CREATE UNIQUE INDEX t42_view_id ON t42_view (id);
-- up:
DROP MATERIALIZED VIEW t42_view;
-- down:
CREATE MATERIALIZED VIEW t42_view AS SELECT id FROM t42;
CREATE UNIQUE INDEX t42_view_id ON t42_view (id);
-- broken:
CREATE MATERIALIZED VIEW t42_view AS SELECT id FROM t42;
-- finds: down: index t42_view_id: missing

-- case: a materialized view comes back empty
CREATE TABLE t43 (id bigint, name text);
CREATE MATERIALIZED VIEW t43_view AS SELECT id FROM t43;
-- up:
DROP MATERIALIZED VIEW t43_view;
-- down:
CREATE MATERIALIZED VIEW t43_view AS SELECT id FROM t43;
-- broken:
CREATE MATERIALIZED VIEW t43_view AS SELECT id FROM t43 WITH NO DATA;
-- finds: down: materialized view t43_view: populated

-- case: a comment is lost
CREATE TABLE t44 (id bigint, name text);
COMMENT ON TABLE t44 IS 'what it holds';
-- up:
COMMENT ON TABLE t44 IS NULL;
-- down:
COMMENT ON TABLE t44 IS 'what it holds';
-- broken:
SELECT 1;
-- finds: down: table t44: comment

-- case: a comment on a column stays
CREATE TABLE t45 (id bigint, name text);
-- up:
COMMENT ON COLUMN t45.name IS 'as people say it';
-- down:
COMMENT ON COLUMN t45.name IS NULL;
-- broken:
SELECT 1;
-- finds: down: column t45.name: comment

-- case: a grant is lost
CREATE TABLE t46 (id bigint, name text);
GRANT SELECT ON t46 TO reader;
-- up:
REVOKE SELECT ON t46 FROM reader;
-- down:
GRANT SELECT ON t46 TO reader;
-- broken:
SELECT 1;
-- finds: down: table t46: privileges

-- case: a grant stays
CREATE TABLE t47 (id bigint, name text);
-- up:
GRANT SELECT, INSERT ON t47 TO reader;
-- down:
REVOKE SELECT, INSERT ON t47 FROM reader;
-- broken:
REVOKE INSERT ON t47 FROM reader;
-- finds: down: table t47: privileges

-- case: a grant on a column stays
CREATE TABLE t48 (id bigint, name text);
-- up:
GRANT SELECT (id) ON t48 TO reader;
-- down:
REVOKE SELECT (id) ON t48 FROM reader;
-- broken:
SELECT 1;
-- finds: down: column t48.id: privileges

-- case: a function can be called by nobody any more
CREATE FUNCTION t49() RETURNS int LANGUAGE sql AS 'SELECT 1';
-- up:
REVOKE EXECUTE ON FUNCTION t49() FROM PUBLIC;
-- down:
GRANT EXECUTE ON FUNCTION t49() TO PUBLIC;
-- broken:
SELECT 1;
-- finds: down: function t49(): privileges

-- case: the owner stays another one
CREATE TABLE t50 (id bigint, name text);
-- up:
ALTER TABLE t50 OWNER TO reader;
-- down:
ALTER TABLE t50 OWNER TO CURRENT_USER;
-- broken:
SELECT 1;
-- finds: down: table t50: owner
-- finds: down: table t50: privileges

-- case: a policy is lost
CREATE TABLE t51 (id bigint, name text);
CREATE POLICY t51_own ON t51 USING (id > 0);
-- up:
DROP POLICY t51_own ON t51;
-- down:
CREATE POLICY t51_own ON t51 USING (id > 0);
-- broken:
SELECT 1;
-- finds: down: policy t51_own of t51: missing
-- finds: up again fails

-- case: a policy comes back for everybody
CREATE TABLE t52 (id bigint, name text);
CREATE POLICY t52_own ON t52 TO reader USING (id > 0);
-- up:
DROP POLICY t52_own ON t52;
-- down:
CREATE POLICY t52_own ON t52 TO reader USING (id > 0);
-- broken:
CREATE POLICY t52_own ON t52 USING (id > 0);
-- finds: down: policy t52_own of t52: roles

-- case: row security stays
CREATE TABLE t53 (id bigint, name text);
-- up:
ALTER TABLE t53 ENABLE ROW LEVEL SECURITY;
-- down:
ALTER TABLE t53 DISABLE ROW LEVEL SECURITY;
-- broken:
SELECT 1;
-- finds: down: table t53: row security

-- case: a trigger is lost
CREATE TABLE t54 (id bigint, name text);
CREATE FUNCTION t54_touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER t54_touched BEFORE UPDATE ON t54 FOR EACH ROW EXECUTE FUNCTION t54_touch();
-- up:
DROP TRIGGER t54_touched ON t54;
-- down:
CREATE TRIGGER t54_touched BEFORE UPDATE ON t54 FOR EACH ROW EXECUTE FUNCTION t54_touch();
-- broken:
SELECT 1;
-- finds: down: trigger t54_touched of t54: missing
-- finds: up again fails

-- case: a trigger comes back for another event
CREATE TABLE t55 (id bigint, name text);
CREATE FUNCTION t55_touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER t55_touched BEFORE UPDATE ON t55 FOR EACH ROW EXECUTE FUNCTION t55_touch();
-- up:
DROP TRIGGER t55_touched ON t55;
-- down:
CREATE TRIGGER t55_touched BEFORE UPDATE ON t55 FOR EACH ROW EXECUTE FUNCTION t55_touch();
-- broken:
CREATE TRIGGER t55_touched BEFORE INSERT ON t55 FOR EACH ROW EXECUTE FUNCTION t55_touch();
-- finds: down: trigger t55_touched of t55: definition

-- case: a trigger stays disabled
CREATE TABLE t56 (id bigint, name text);
CREATE FUNCTION t56_touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER t56_touched BEFORE UPDATE ON t56 FOR EACH ROW EXECUTE FUNCTION t56_touch();
-- up:
ALTER TABLE t56 DISABLE TRIGGER t56_touched;
-- down:
ALTER TABLE t56 ENABLE TRIGGER t56_touched;
-- broken:
SELECT 1;
-- finds: down: trigger t56_touched of t56: enabled

-- case: a rule is not dropped
CREATE TABLE t57 (id bigint, name text);
-- up:
CREATE RULE t57_quiet AS ON INSERT TO t57 DO NOTHING;
-- down:
DROP RULE t57_quiet ON t57;
-- broken:
SELECT 1;
-- finds: down: rule t57_quiet of t57: left over
-- finds: up again fails

-- case: a publication is lost
CREATE TABLE t58 (id bigint, name text);
CREATE PUBLICATION t58_feed FOR TABLE t58;
-- up:
DROP PUBLICATION t58_feed;
-- down:
CREATE PUBLICATION t58_feed FOR TABLE t58;
-- broken:
SELECT 1;
-- finds: down: publication t58_feed: missing
-- finds: up again fails

-- case: a publication loses a table
CREATE TABLE t59 (id bigint, name text);
CREATE PUBLICATION t59_feed FOR TABLE t59;
-- up:
ALTER PUBLICATION t59_feed DROP TABLE t59;
-- down:
ALTER PUBLICATION t59_feed ADD TABLE t59;
-- broken:
SELECT 1;
-- finds: down: publication t59_feed: tables
-- finds: up again fails

-- case: a partition stays
CREATE TABLE t60 (id bigint, at date) PARTITION BY RANGE (at);
-- up:
CREATE TABLE t60_2024 PARTITION OF t60 FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
-- down:
DROP TABLE t60_2024;
-- broken:
SELECT 1;
-- finds: down: table t60_2024: left over
-- finds: up again fails

-- case: a partition comes back with another bound
CREATE TABLE t61 (id bigint, at date) PARTITION BY RANGE (at);
CREATE TABLE t61_2024 PARTITION OF t61 FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
-- up:
DROP TABLE t61_2024;
-- down:
CREATE TABLE t61_2024 PARTITION OF t61 FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
-- broken:
CREATE TABLE t61_2024 PARTITION OF t61 FOR VALUES FROM ('2024-01-01') TO ('2024-12-31');
-- finds: down: table t61_2024: partition bound

-- case: a partition comes back detached
CREATE TABLE t62 (id bigint, at date) PARTITION BY RANGE (at);
CREATE TABLE t62_2024 PARTITION OF t62 FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
-- up:
DROP TABLE t62_2024;
-- down:
CREATE TABLE t62_2024 PARTITION OF t62 FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
-- broken:
CREATE TABLE t62_2024 (id bigint, at date);
-- finds: down: column t62_2024.at: inherited
-- finds: down: column t62_2024.id: inherited
-- finds: down: table t62_2024: parents
-- finds: down: table t62_2024: partition bound

-- case: seed rows stay
CREATE TABLE t63 (id bigint, name text);
-- up:
INSERT INTO t63 (id, name) VALUES (1, 'a'), (2, 'b') ON CONFLICT DO NOTHING;
-- down:
DELETE FROM t63 WHERE id IN (1, 2);
-- broken:
DELETE FROM t63 WHERE id = 1;
-- finds: down: rows t63: left over
-- finds: up again: rows t63: rows

-- case: rows of an earlier migration are lost
CREATE TABLE t64 (id bigint, name text);
INSERT INTO t64 (id, name) VALUES (1, 'a'), (2, 'b') ON CONFLICT DO NOTHING;
-- up:
ALTER TABLE t64 ADD COLUMN age int;
-- down:
ALTER TABLE t64 DROP COLUMN age;
-- broken:
ALTER TABLE t64 DROP COLUMN age;
DELETE FROM t64 WHERE id = 2;
-- finds: down: rows t64: rows
-- finds: up again: rows t64: rows

-- case: the data of a column is lost
CREATE TABLE t65 (id bigint, name text);
INSERT INTO t65 (id, name) VALUES (1, 'a') ON CONFLICT DO NOTHING;
-- up:
ALTER TABLE t65 DROP COLUMN name;
-- down:
ALTER TABLE t65 ADD COLUMN name text;
UPDATE t65 SET name = 'a' WHERE id = 1;
-- broken:
ALTER TABLE t65 ADD COLUMN name text;
-- finds: down: rows t65: content

-- case: the way back is in the wrong order
-- up:
CREATE TABLE t66_a (id bigint PRIMARY KEY);
CREATE TABLE t66_b (a bigint REFERENCES t66_a);
-- down:
DROP TABLE t66_b;
DROP TABLE t66_a;
-- broken:
DROP TABLE t66_a;
DROP TABLE t66_b;
-- finds: down fails

-- case: the way back cannot run
CREATE TABLE t67 (id bigint, name text);
-- up:
ALTER TABLE t67 ADD COLUMN age int;
-- down:
ALTER TABLE t67 DROP COLUMN age;
-- broken:
ALTER TABLE t67 DROP COLUMN ages;
-- finds: down fails

-- case: a renamed table keeps its name
CREATE TABLE t68 (id bigint, name text);
-- up:
ALTER TABLE t68 RENAME TO t68_new;
-- down:
ALTER TABLE t68_new RENAME TO t68;
-- broken:
SELECT 1;
-- finds: down: table t68: missing
-- finds: down: table t68_new: left over
-- finds: up again fails

-- case: a renamed column keeps its name
CREATE TABLE t69 (id bigint, name text);
-- up:
ALTER TABLE t69 RENAME COLUMN name TO title;
-- down:
ALTER TABLE t69 RENAME COLUMN title TO name;
-- broken:
SELECT 1;
-- finds: down: column t69.name: missing
-- finds: down: column t69.title: left over
-- finds: up again fails

-- case: a schema is not dropped
-- up:
CREATE SCHEMA t70;
CREATE TABLE t70.thing (id bigint);
-- down:
DROP TABLE t70.thing;
DROP SCHEMA t70;
-- broken:
DROP TABLE t70.thing;
-- finds: down: schema t70: left over
-- finds: up again fails

-- case: a table stays in another schema
CREATE TABLE t71 (id bigint, name text);
CREATE SCHEMA t71_s;
-- up:
ALTER TABLE t71 SET SCHEMA t71_s;
-- down:
ALTER TABLE t71_s.t71 SET SCHEMA public;
-- broken:
SELECT 1;
-- finds: down: table t71: missing
-- finds: down: table t71_s.t71: left over
-- finds: up again fails

-- case: an identity is lost
CREATE TABLE t72 (id bigint GENERATED ALWAYS AS IDENTITY);
-- up:
ALTER TABLE t72 ALTER COLUMN id DROP IDENTITY;
-- down:
ALTER TABLE t72 ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY;
-- broken:
SELECT 1;
-- finds: down: column t72.id: identity
-- finds: down: sequence t72_id_seq: missing
-- finds: up again fails

-- case: a generated column comes back as a plain one
CREATE TABLE t73 (id int, twice int GENERATED ALWAYS AS (id * 2) STORED);
-- up:
ALTER TABLE t73 DROP COLUMN twice;
-- down:
ALTER TABLE t73 ADD COLUMN twice int GENERATED ALWAYS AS (id * 2) STORED;
-- broken:
ALTER TABLE t73 ADD COLUMN twice int;
-- finds: down: column t73.twice: generated

-- case: a storage option is lost
CREATE TABLE t74 (id bigint, name text);
ALTER TABLE t74 SET (fillfactor = 70);
-- up:
ALTER TABLE t74 RESET (fillfactor);
-- down:
ALTER TABLE t74 SET (fillfactor = 70);
-- broken:
SELECT 1;
-- finds: down: table t74: options

-- case: a table stays unlogged
CREATE TABLE t75 (id bigint, name text);
-- up:
ALTER TABLE t75 SET UNLOGGED;
-- down:
ALTER TABLE t75 SET LOGGED;
-- broken:
SELECT 1;
-- finds: down: table t75: persistence

-- case: the replica identity stays
CREATE TABLE t76 (id bigint, name text);
-- up:
ALTER TABLE t76 REPLICA IDENTITY FULL;
-- down:
ALTER TABLE t76 REPLICA IDENTITY DEFAULT;
-- broken:
SELECT 1;
-- finds: down: table t76: replica identity

-- case: statistics are not dropped
CREATE TABLE t77 (id bigint, name text);
-- up:
CREATE STATISTICS t77_both ON id, name FROM t77;
-- down:
DROP STATISTICS t77_both;
-- broken:
SELECT 1;
-- finds: down: statistics t77_both: left over
-- finds: up again fails

-- case: default privileges stay
CREATE SCHEMA t78;
-- up:
ALTER DEFAULT PRIVILEGES IN SCHEMA t78 GRANT SELECT ON TABLES TO reader;
-- down:
ALTER DEFAULT PRIVILEGES IN SCHEMA t78 REVOKE SELECT ON TABLES FROM reader;
-- broken:
SELECT 1;
-- finds: down: default privileges of postgres on tables in t78: left over

-- case: a cast is not dropped
CREATE TYPE t79 AS ENUM ('a');
CREATE FUNCTION t79_to_int(t79) RETURNS int LANGUAGE sql AS 'SELECT 1';
-- up:
CREATE CAST (t79 AS int) WITH FUNCTION t79_to_int(t79);
-- down:
DROP CAST (t79 AS int);
-- broken:
SELECT 1;
-- finds: down: cast public.t79 as integer: left over
-- finds: up again fails

-- case: an operator is not dropped
CREATE FUNCTION t80_plus(int, text) RETURNS int LANGUAGE sql AS 'SELECT 1';
-- up:
CREATE OPERATOR <+> (FUNCTION = t80_plus, LEFTARG = int, RIGHTARG = text);
-- down:
DROP OPERATOR <+> (int, text);
-- broken:
SELECT 1;
-- finds: down: operator public.<+>(integer,text): left over
-- finds: up again fails

-- case: a collation is not dropped
-- up:
CREATE COLLATION t81 (LOCALE = 'C');
-- down:
DROP COLLATION t81;
-- broken:
SELECT 1;
-- finds: down: collation t81: left over
-- finds: up again fails

-- case: a text search configuration is not dropped
-- up:
CREATE TEXT SEARCH CONFIGURATION t82 (COPY = simple);
-- down:
DROP TEXT SEARCH CONFIGURATION t82;
-- broken:
SELECT 1;
-- finds: down: text search configuration t82: left over
-- finds: up again fails

-- case: a child stays of its parent
CREATE TABLE t83_parent (id bigint);
CREATE TABLE t83 (id bigint);
-- up:
ALTER TABLE t83 INHERIT t83_parent;
-- down:
ALTER TABLE t83 NO INHERIT t83_parent;
-- broken:
SELECT 1;
-- finds: down: table t83: parents
-- finds: up again fails

-- case: an index without a transaction is not dropped
CREATE TABLE t84 (id bigint, name text);
-- up:
-- pgstrata: no-transaction
CREATE INDEX CONCURRENTLY t84_name ON t84 (name);
-- down:
-- pgstrata: no-transaction
DROP INDEX CONCURRENTLY t84_name;
-- broken:
SELECT 1;
-- finds: down: index t84_name: left over
-- finds: up again fails
