-- A line `-- case:` begins a pair; above `-- up:` stands what was there before it.

-- case: a table is not dropped
-- up:
CREATE TABLE t1 (id bigint);
-- down:
DROP TABLE t1;

-- case: one table of two is not dropped
-- up:
CREATE TABLE t2 (id bigint);
CREATE TABLE t2_b (id bigint);
-- down:
DROP TABLE t2_b;
DROP TABLE t2;

-- case: a column is not dropped
CREATE TABLE t3 (id bigint, name text);
-- up:
ALTER TABLE t3 ADD COLUMN age int, ADD COLUMN size int;
-- down:
ALTER TABLE t3 DROP COLUMN size, DROP COLUMN age;

-- case: a dropped column does not come back
CREATE TABLE t4 (id bigint, name text, note text);
-- up:
ALTER TABLE t4 DROP COLUMN note;
-- down:
ALTER TABLE t4 ADD COLUMN note text;

-- case: another type comes back
CREATE TABLE t5 (id bigint, name varchar(500));
-- up:
ALTER TABLE t5 ALTER COLUMN name TYPE text;
-- down:
ALTER TABLE t5 ALTER COLUMN name TYPE varchar(500);

-- case: a narrower number comes back
CREATE TABLE t6 (id int);
-- up:
ALTER TABLE t6 ALTER COLUMN id TYPE bigint;
-- down:
ALTER TABLE t6 ALTER COLUMN id TYPE int;

-- case: a default is lost
CREATE TABLE t7 (id bigint, state text DEFAULT 'new');
-- up:
ALTER TABLE t7 ALTER COLUMN state DROP DEFAULT;
-- down:
ALTER TABLE t7 ALTER COLUMN state SET DEFAULT 'new';

-- case: a default stays
CREATE TABLE t8 (id bigint, name text);
-- up:
ALTER TABLE t8 ALTER COLUMN name SET DEFAULT 'x';
-- down:
ALTER TABLE t8 ALTER COLUMN name DROP DEFAULT;

-- case: another default comes back
CREATE TABLE t9 (id bigint DEFAULT 1);
-- up:
ALTER TABLE t9 ALTER COLUMN id SET DEFAULT 2;
-- down:
ALTER TABLE t9 ALTER COLUMN id SET DEFAULT 1;

-- case: NOT NULL stays
CREATE TABLE t10 (id bigint, name text);
-- up:
ALTER TABLE t10 ALTER COLUMN name SET NOT NULL;
-- down:
ALTER TABLE t10 ALTER COLUMN name DROP NOT NULL;

-- case: NOT NULL is lost
CREATE TABLE t11 (id bigint NOT NULL);
-- up:
ALTER TABLE t11 ALTER COLUMN id DROP NOT NULL;
-- down:
ALTER TABLE t11 ALTER COLUMN id SET NOT NULL;

-- case: a constraint comes back under another name
CREATE TABLE t12 (id bigint, CONSTRAINT t12_positive CHECK (id > 0));
-- up:
ALTER TABLE t12 DROP CONSTRAINT t12_positive;
-- down:
ALTER TABLE t12 ADD CONSTRAINT t12_positive CHECK (id > 0);

-- case: a check is not dropped
CREATE TABLE t13 (id bigint, name text);
-- up:
ALTER TABLE t13 ADD CONSTRAINT t13_id CHECK (id > 0);
-- down:
ALTER TABLE t13 DROP CONSTRAINT t13_id;

-- case: a check comes back with another condition
CREATE TABLE t14 (id bigint, CONSTRAINT t14_id CHECK (id > 0));
-- up:
ALTER TABLE t14 DROP CONSTRAINT t14_id;
-- down:
ALTER TABLE t14 ADD CONSTRAINT t14_id CHECK (id > 0);

-- case: a constraint comes back unvalidated
CREATE TABLE t15 (id bigint, CONSTRAINT t15_id CHECK (id > 0));
-- up:
ALTER TABLE t15 DROP CONSTRAINT t15_id;
-- down:
ALTER TABLE t15 ADD CONSTRAINT t15_id CHECK (id > 0);

-- case: a foreign key loses what it does on deletion
CREATE TABLE t16_a (id bigint PRIMARY KEY);
CREATE TABLE t16 (a bigint CONSTRAINT t16_a_key REFERENCES t16_a ON DELETE CASCADE);
-- up:
ALTER TABLE t16 DROP CONSTRAINT t16_a_key;
-- down:
ALTER TABLE t16 ADD CONSTRAINT t16_a_key FOREIGN KEY (a) REFERENCES t16_a ON DELETE CASCADE;

-- case: a foreign key is not dropped
CREATE TABLE t17_a (id bigint PRIMARY KEY);
CREATE TABLE t17 (a bigint);
-- up:
ALTER TABLE t17 ADD CONSTRAINT t17_a_key FOREIGN KEY (a) REFERENCES t17_a;
-- down:
ALTER TABLE t17 DROP CONSTRAINT t17_a_key;

-- case: a unique constraint comes back as an index
CREATE TABLE t18 (id bigint CONSTRAINT t18_id UNIQUE);
-- up:
ALTER TABLE t18 DROP CONSTRAINT t18_id;
-- down:
ALTER TABLE t18 ADD CONSTRAINT t18_id UNIQUE (id);

-- case: a primary key does not come back
CREATE TABLE t19 (id bigint CONSTRAINT t19_pkey PRIMARY KEY);
-- up:
ALTER TABLE t19 DROP CONSTRAINT t19_pkey;
-- down:
ALTER TABLE t19 ADD CONSTRAINT t19_pkey PRIMARY KEY (id);

-- case: an index is not dropped
CREATE TABLE t20 (id bigint, name text);
-- up:
CREATE INDEX t20_name ON t20 (name);
-- down:
DROP INDEX t20_name;

-- case: an index comes back without its predicate
CREATE TABLE t21 (id bigint, name text);
CREATE INDEX t21_name ON t21 (name) WHERE id > 0;
-- up:
DROP INDEX t21_name;
-- down:
CREATE INDEX t21_name ON t21 (name) WHERE id > 0;

-- case: an index comes back with other columns
CREATE TABLE t22 (id bigint, name text);
CREATE INDEX t22_name ON t22 (name, id);
-- up:
DROP INDEX t22_name;
-- down:
CREATE INDEX t22_name ON t22 (name, id);

-- case: a unique index comes back as a plain one
CREATE TABLE t23 (id bigint, name text);
CREATE UNIQUE INDEX t23_name ON t23 (name);
-- up:
DROP INDEX t23_name;
-- down:
CREATE UNIQUE INDEX t23_name ON t23 (name);

-- case: an index comes back in another order
CREATE TABLE t24 (id bigint, name text);
CREATE INDEX t24_name ON t24 (name DESC);
-- up:
DROP INDEX t24_name;
-- down:
CREATE INDEX t24_name ON t24 (name DESC);

-- case: an index comes back with another method
CREATE TABLE t25 (id bigint, name text);
CREATE INDEX t25_name ON t25 USING hash (name);
-- up:
DROP INDEX t25_name;
-- down:
CREATE INDEX t25_name ON t25 USING hash (name);

-- case: a sequence loses its owner
CREATE TABLE t26 (id bigint, name text);
CREATE SEQUENCE t26_seq OWNED BY t26.id;
-- up:
ALTER SEQUENCE t26_seq OWNED BY NONE;
-- down:
ALTER SEQUENCE t26_seq OWNED BY t26.id;

-- case: a sequence is not dropped
CREATE TABLE t27 (id bigint, name text);
-- up:
CREATE SEQUENCE t27_seq;
-- down:
DROP SEQUENCE t27_seq;

-- case: a sequence counts in other steps
CREATE SEQUENCE t28 INCREMENT 10;
-- up:
ALTER SEQUENCE t28 INCREMENT 1;
-- down:
ALTER SEQUENCE t28 INCREMENT 10;

-- case: a value of an enum stays
CREATE TYPE t29 AS ENUM ('a', 'b');
-- up:
ALTER TYPE t29 ADD VALUE 'c';
-- down:
DROP TYPE t29;
CREATE TYPE t29 AS ENUM ('a', 'b');

-- case: the values of an enum come back in another order
CREATE TYPE t30 AS ENUM ('a', 'b');
-- up:
DROP TYPE t30;
-- down:
CREATE TYPE t30 AS ENUM ('a', 'b');

-- case: a type is not dropped
-- up:
CREATE TYPE t31 AS (a int, b text);
-- down:
DROP TYPE t31;

-- case: an attribute of a type is lost
CREATE TYPE t32 AS (a int, b text);
-- up:
ALTER TYPE t32 DROP ATTRIBUTE b;
-- down:
ALTER TYPE t32 ADD ATTRIBUTE b text;

-- case: a domain loses its check
CREATE DOMAIN t33 AS int CONSTRAINT t33_positive CHECK (VALUE > 0);
-- up:
ALTER DOMAIN t33 DROP CONSTRAINT t33_positive;
-- down:
ALTER DOMAIN t33 ADD CONSTRAINT t33_positive CHECK (VALUE > 0);

-- case: a domain keeps its default
CREATE DOMAIN t34 AS int;
-- up:
ALTER DOMAIN t34 SET DEFAULT 1;
-- down:
ALTER DOMAIN t34 DROP DEFAULT;

-- case: a function keeps its new body
CREATE FUNCTION t35() RETURNS int LANGUAGE sql AS 'SELECT 1';
-- up:
CREATE OR REPLACE FUNCTION t35() RETURNS int LANGUAGE sql AS 'SELECT 2';
-- down:
CREATE OR REPLACE FUNCTION t35() RETURNS int LANGUAGE sql AS 'SELECT 1';

-- case: a function comes back as volatile
CREATE FUNCTION t36() RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT 1';
-- up:
DROP FUNCTION t36();
-- down:
CREATE FUNCTION t36() RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT 1';

-- case: an overload is not dropped
CREATE FUNCTION t37(a int) RETURNS int LANGUAGE sql AS 'SELECT 1';
-- up:
CREATE FUNCTION t37(a text) RETURNS int LANGUAGE sql AS 'SELECT 1';
-- down:
DROP FUNCTION t37(text);

-- case: a procedure is not dropped
-- up:
CREATE PROCEDURE t38() LANGUAGE sql AS 'SELECT 1';
-- down:
DROP PROCEDURE t38();

-- case: an aggregate is not dropped
-- up:
CREATE AGGREGATE t39(int) (SFUNC = int4pl, STYPE = int);
-- down:
DROP AGGREGATE t39(int);

-- case: a view keeps its new definition
CREATE TABLE t40 (id bigint, name text);
CREATE VIEW t40_view AS SELECT id FROM t40;
-- up:
CREATE OR REPLACE VIEW t40_view AS SELECT id FROM t40 WHERE id > 0;
-- down:
CREATE OR REPLACE VIEW t40_view AS SELECT id FROM t40;

-- case: a view goes with the table and does not come back
CREATE TABLE t41 (id bigint, name text);
CREATE VIEW t41_view AS SELECT id FROM t41;
-- up:
DROP TABLE t41 CASCADE;
-- down:
CREATE TABLE t41 (id bigint, name text);
CREATE VIEW t41_view AS SELECT id FROM t41;

-- case: a materialized view loses its index
CREATE TABLE t42 (id bigint, name text);
CREATE MATERIALIZED VIEW t42_view AS SELECT id FROM t42;
CREATE UNIQUE INDEX t42_view_id ON t42_view (id);
-- up:
DROP MATERIALIZED VIEW t42_view;
-- down:
CREATE MATERIALIZED VIEW t42_view AS SELECT id FROM t42;
CREATE UNIQUE INDEX t42_view_id ON t42_view (id);

-- case: a materialized view comes back empty
CREATE TABLE t43 (id bigint, name text);
CREATE MATERIALIZED VIEW t43_view AS SELECT id FROM t43;
-- up:
DROP MATERIALIZED VIEW t43_view;
-- down:
CREATE MATERIALIZED VIEW t43_view AS SELECT id FROM t43;

-- case: a comment is lost
CREATE TABLE t44 (id bigint, name text);
COMMENT ON TABLE t44 IS 'what it holds';
-- up:
COMMENT ON TABLE t44 IS NULL;
-- down:
COMMENT ON TABLE t44 IS 'what it holds';

-- case: a comment on a column stays
CREATE TABLE t45 (id bigint, name text);
-- up:
COMMENT ON COLUMN t45.name IS 'as people say it';
-- down:
COMMENT ON COLUMN t45.name IS NULL;

-- case: a grant is lost
CREATE TABLE t46 (id bigint, name text);
GRANT SELECT ON t46 TO reader;
-- up:
REVOKE SELECT ON t46 FROM reader;
-- down:
GRANT SELECT ON t46 TO reader;

-- case: a grant stays
CREATE TABLE t47 (id bigint, name text);
-- up:
GRANT SELECT, INSERT ON t47 TO reader;
-- down:
REVOKE SELECT, INSERT ON t47 FROM reader;

-- case: a grant on a column stays
CREATE TABLE t48 (id bigint, name text);
-- up:
GRANT SELECT (id) ON t48 TO reader;
-- down:
REVOKE SELECT (id) ON t48 FROM reader;

-- case: a function can be called by nobody any more
CREATE FUNCTION t49() RETURNS int LANGUAGE sql AS 'SELECT 1';
-- up:
REVOKE EXECUTE ON FUNCTION t49() FROM PUBLIC;
-- down:
GRANT EXECUTE ON FUNCTION t49() TO PUBLIC;

-- case: the owner stays another one
CREATE TABLE t50 (id bigint, name text);
-- up:
ALTER TABLE t50 OWNER TO reader;
-- down:
ALTER TABLE t50 OWNER TO CURRENT_USER;

-- case: a policy is lost
CREATE TABLE t51 (id bigint, name text);
CREATE POLICY t51_own ON t51 USING (id > 0);
-- up:
DROP POLICY t51_own ON t51;
-- down:
CREATE POLICY t51_own ON t51 USING (id > 0);

-- case: a policy comes back for everybody
CREATE TABLE t52 (id bigint, name text);
CREATE POLICY t52_own ON t52 TO reader USING (id > 0);
-- up:
DROP POLICY t52_own ON t52;
-- down:
CREATE POLICY t52_own ON t52 TO reader USING (id > 0);

-- case: row security stays
CREATE TABLE t53 (id bigint, name text);
-- up:
ALTER TABLE t53 ENABLE ROW LEVEL SECURITY;
-- down:
ALTER TABLE t53 DISABLE ROW LEVEL SECURITY;

-- case: a trigger is lost
CREATE TABLE t54 (id bigint, name text);
CREATE FUNCTION t54_touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER t54_touched BEFORE UPDATE ON t54 FOR EACH ROW EXECUTE FUNCTION t54_touch();
-- up:
DROP TRIGGER t54_touched ON t54;
-- down:
CREATE TRIGGER t54_touched BEFORE UPDATE ON t54 FOR EACH ROW EXECUTE FUNCTION t54_touch();

-- case: a trigger comes back for another event
CREATE TABLE t55 (id bigint, name text);
CREATE FUNCTION t55_touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER t55_touched BEFORE UPDATE ON t55 FOR EACH ROW EXECUTE FUNCTION t55_touch();
-- up:
DROP TRIGGER t55_touched ON t55;
-- down:
CREATE TRIGGER t55_touched BEFORE UPDATE ON t55 FOR EACH ROW EXECUTE FUNCTION t55_touch();

-- case: a trigger stays disabled
CREATE TABLE t56 (id bigint, name text);
CREATE FUNCTION t56_touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER t56_touched BEFORE UPDATE ON t56 FOR EACH ROW EXECUTE FUNCTION t56_touch();
-- up:
ALTER TABLE t56 DISABLE TRIGGER t56_touched;
-- down:
ALTER TABLE t56 ENABLE TRIGGER t56_touched;

-- case: a rule is not dropped
CREATE TABLE t57 (id bigint, name text);
-- up:
CREATE RULE t57_quiet AS ON INSERT TO t57 DO NOTHING;
-- down:
DROP RULE t57_quiet ON t57;

-- case: a publication is lost
CREATE TABLE t58 (id bigint, name text);
CREATE PUBLICATION t58_feed FOR TABLE t58;
-- up:
DROP PUBLICATION t58_feed;
-- down:
CREATE PUBLICATION t58_feed FOR TABLE t58;

-- case: a publication loses a table
CREATE TABLE t59 (id bigint, name text);
CREATE PUBLICATION t59_feed FOR TABLE t59;
-- up:
ALTER PUBLICATION t59_feed DROP TABLE t59;
-- down:
ALTER PUBLICATION t59_feed ADD TABLE t59;

-- case: a partition stays
CREATE TABLE t60 (id bigint, at date) PARTITION BY RANGE (at);
-- up:
CREATE TABLE t60_2024 PARTITION OF t60 FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
-- down:
DROP TABLE t60_2024;

-- case: a partition comes back with another bound
CREATE TABLE t61 (id bigint, at date) PARTITION BY RANGE (at);
CREATE TABLE t61_2024 PARTITION OF t61 FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
-- up:
DROP TABLE t61_2024;
-- down:
CREATE TABLE t61_2024 PARTITION OF t61 FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');

-- case: a partition comes back detached
CREATE TABLE t62 (id bigint, at date) PARTITION BY RANGE (at);
CREATE TABLE t62_2024 PARTITION OF t62 FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
-- up:
DROP TABLE t62_2024;
-- down:
CREATE TABLE t62_2024 PARTITION OF t62 FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');

-- case: seed rows stay
CREATE TABLE t63 (id bigint, name text);
-- up:
INSERT INTO t63 (id, name) VALUES (1, 'a'), (2, 'b') ON CONFLICT DO NOTHING;
-- down:
DELETE FROM t63 WHERE id IN (1, 2);

-- case: rows of an earlier migration are lost
CREATE TABLE t64 (id bigint, name text);
INSERT INTO t64 (id, name) VALUES (1, 'a'), (2, 'b') ON CONFLICT DO NOTHING;
-- up:
ALTER TABLE t64 ADD COLUMN age int;
-- down:
ALTER TABLE t64 DROP COLUMN age;

-- case: the data of a column is lost
CREATE TABLE t65 (id bigint, name text);
INSERT INTO t65 (id, name) VALUES (1, 'a') ON CONFLICT DO NOTHING;
-- up:
ALTER TABLE t65 DROP COLUMN name;
-- down:
ALTER TABLE t65 ADD COLUMN name text;
UPDATE t65 SET name = 'a' WHERE id = 1;

-- case: the way back is in the wrong order
-- up:
CREATE TABLE t66_a (id bigint PRIMARY KEY);
CREATE TABLE t66_b (a bigint REFERENCES t66_a);
-- down:
DROP TABLE t66_b;
DROP TABLE t66_a;

-- case: the way back cannot run
CREATE TABLE t67 (id bigint, name text);
-- up:
ALTER TABLE t67 ADD COLUMN age int;
-- down:
ALTER TABLE t67 DROP COLUMN age;

-- case: a renamed table keeps its name
CREATE TABLE t68 (id bigint, name text);
-- up:
ALTER TABLE t68 RENAME TO t68_new;
-- down:
ALTER TABLE t68_new RENAME TO t68;

-- case: a renamed column keeps its name
CREATE TABLE t69 (id bigint, name text);
-- up:
ALTER TABLE t69 RENAME COLUMN name TO title;
-- down:
ALTER TABLE t69 RENAME COLUMN title TO name;

-- case: a schema is not dropped
-- up:
CREATE SCHEMA t70;
CREATE TABLE t70.thing (id bigint);
-- down:
DROP TABLE t70.thing;
DROP SCHEMA t70;

-- case: a table stays in another schema
CREATE TABLE t71 (id bigint, name text);
CREATE SCHEMA t71_s;
-- up:
ALTER TABLE t71 SET SCHEMA t71_s;
-- down:
ALTER TABLE t71_s.t71 SET SCHEMA public;

-- case: an identity is lost
CREATE TABLE t72 (id bigint GENERATED ALWAYS AS IDENTITY);
-- up:
ALTER TABLE t72 ALTER COLUMN id DROP IDENTITY;
-- down:
ALTER TABLE t72 ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY;

-- case: a generated column comes back as a plain one
CREATE TABLE t73 (id int, twice int GENERATED ALWAYS AS (id * 2) STORED);
-- up:
ALTER TABLE t73 DROP COLUMN twice;
-- down:
ALTER TABLE t73 ADD COLUMN twice int GENERATED ALWAYS AS (id * 2) STORED;

-- case: a storage option is lost
CREATE TABLE t74 (id bigint, name text);
ALTER TABLE t74 SET (fillfactor = 70);
-- up:
ALTER TABLE t74 RESET (fillfactor);
-- down:
ALTER TABLE t74 SET (fillfactor = 70);

-- case: a table stays unlogged
CREATE TABLE t75 (id bigint, name text);
-- up:
ALTER TABLE t75 SET UNLOGGED;
-- down:
ALTER TABLE t75 SET LOGGED;

-- case: the replica identity stays
CREATE TABLE t76 (id bigint, name text);
-- up:
ALTER TABLE t76 REPLICA IDENTITY FULL;
-- down:
ALTER TABLE t76 REPLICA IDENTITY DEFAULT;

-- case: statistics are not dropped
CREATE TABLE t77 (id bigint, name text);
-- up:
CREATE STATISTICS t77_both ON id, name FROM t77;
-- down:
DROP STATISTICS t77_both;

-- case: default privileges stay
CREATE SCHEMA t78;
-- up:
ALTER DEFAULT PRIVILEGES IN SCHEMA t78 GRANT SELECT ON TABLES TO reader;
-- down:
ALTER DEFAULT PRIVILEGES IN SCHEMA t78 REVOKE SELECT ON TABLES FROM reader;

-- case: a cast is not dropped
CREATE TYPE t79 AS ENUM ('a');
CREATE FUNCTION t79_to_int(t79) RETURNS int LANGUAGE sql AS 'SELECT 1';
-- up:
CREATE CAST (t79 AS int) WITH FUNCTION t79_to_int(t79);
-- down:
DROP CAST (t79 AS int);

-- case: an operator is not dropped
CREATE FUNCTION t80_plus(int, text) RETURNS int LANGUAGE sql AS 'SELECT 1';
-- up:
CREATE OPERATOR <+> (FUNCTION = t80_plus, LEFTARG = int, RIGHTARG = text);
-- down:
DROP OPERATOR <+> (int, text);

-- case: a collation is not dropped
-- up:
CREATE COLLATION t81 (LOCALE = 'C');
-- down:
DROP COLLATION t81;

-- case: a text search configuration is not dropped
-- up:
CREATE TEXT SEARCH CONFIGURATION t82 (COPY = simple);
-- down:
DROP TEXT SEARCH CONFIGURATION t82;

-- case: a child stays of its parent
CREATE TABLE t83_parent (id bigint);
CREATE TABLE t83 (id bigint);
-- up:
ALTER TABLE t83 INHERIT t83_parent;
-- down:
ALTER TABLE t83 NO INHERIT t83_parent;

-- case: an index without a transaction is not dropped
CREATE TABLE t84 (id bigint, name text);
-- up:
-- pgstrata: no-transaction
CREATE INDEX CONCURRENTLY t84_name ON t84 (name);
-- down:
-- pgstrata: no-transaction
DROP INDEX CONCURRENTLY t84_name;
