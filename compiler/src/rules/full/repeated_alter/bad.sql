CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint);
-- then:
ALTER TABLE account ADD COLUMN name text;
ALTER TABLE account ADD COLUMN age int;
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ `account` is altered by the statement before, too
