CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint);
-- then:
-- pgstrata: requires-table invoice
ALTER TABLE account ADD COLUMN mail text;
ALTER TABLE IF EXISTS other ADD COLUMN mail text;
-- Somebody else makes this one.
ALTER TABLE invoice ADD COLUMN account bigint;
