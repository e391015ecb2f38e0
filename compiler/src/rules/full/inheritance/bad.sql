CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint);
-- then:
ALTER TABLE account NO INHERIT person;
--                  ^^^^^^^^^^^^^^^^^ who reads the parent of `account` finds other rows
ALTER TABLE account INHERIT being;
--                  ^^^^^^^^^^^^^ who reads the parent of `account` finds other rows
