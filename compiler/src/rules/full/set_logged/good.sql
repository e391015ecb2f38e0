CREATE UNLOGGED TABLE account (id bigint);
ALTER TABLE account SET LOGGED;
-- or:
CREATE TABLE account (id bigint, logged boolean, unlogged boolean);
-- then:
ALTER TABLE account SET (fillfactor = 70);
ALTER TABLE account DROP logged, ADD unlogged int;
-- or:
CREATE TABLE account (id bigint PRIMARY KEY);
CREATE UNLOGGED TABLE draft (id bigint);
-- then:
ALTER TABLE account SET LOGGED;
ALTER TABLE draft SET UNLOGGED;
