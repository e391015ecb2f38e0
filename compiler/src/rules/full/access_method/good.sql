CREATE TABLE account (id bigint);
ALTER TABLE account SET TABLESPACE fast;
-- or:
CREATE TABLE account (id bigint);
-- then:
ALTER TABLE account SET SCHEMA archive;
-- or:
CREATE TABLE account (id bigint PRIMARY KEY);
-- then:
ALTER TABLE account SET ACCESS METHOD heap;
