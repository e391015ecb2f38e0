CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint);
-- then:
ALTER TABLE account ADD COLUMN mail text;
ALTER TABLE IF EXISTS other ADD COLUMN mail text;
