CREATE TABLE account (id bigint);
ALTER TABLE account SET TABLESPACE fast;
-- or:
CREATE TABLE account (id bigint);
-- then:
ALTER TABLE account SET SCHEMA archive;
