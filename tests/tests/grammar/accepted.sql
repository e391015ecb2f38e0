-- An operator class in an exclusion constraint.
CREATE TABLE booking (room int, during tstzrange, EXCLUDE USING gist (room gist_int4_ops WITH =, during WITH &&));
CREATE TABLE t (a int, b text, EXCLUDE ((b + 1) int4_ops DESC NULLS LAST WITH =, b COLLATE "x" text_ops WITH =) WHERE (a > 0));
CREATE TABLE t (EXCLUDE (ip inet_ops WITH OPERATOR(pg_catalog.&&)));
ALTER TABLE t ADD CONSTRAINT e EXCLUDE USING gist (a public.ops (siglen = 8) WITH =);
ALTER TABLE t ADD EXCLUDE (a int4_ops WITH =), ADD EXCLUDE (f(a, b) ops WITH =);
-- A setting whose name is a keyword here.
SET ROLE TO DEFAULT;
SET ROLE TO 'x';
SET SESSION role = DEFAULT;
SET LOCAL role TO DEFAULT;
-- Names like keywords.
DROP TABLE p, cascade;
DROP TABLE cascade;
DROP TABLE p, restrict CASCADE;
-- A role of this name.
ALTER USER MAPPING FOR user SERVER s OPTIONS (SET password 'x');
ALTER STATISTICS IF EXISTS s SET STATISTICS 100;
-- Statements that the parser knows too little of.
CREATE EXTENSION a VERSION '1' SCHEMA b;
ALTER DATABASE a SET role foo;
ALTER DATABASE a RESET TIME ZONE;
ALTER ROLE a SET role 's';
SET NAMES 'UTF8';
CREATE TRUSTED LANGUAGE plperl HANDLER plperl_call_handler;
DROP EVENT TRIGGER a, b;
CREATE STATISTICS tst ON a FROM ext_stats_test s TABLESAMPLE system (x);
CREATE SERVER a VERSION NULL FOREIGN DATA WRAPPER b;
