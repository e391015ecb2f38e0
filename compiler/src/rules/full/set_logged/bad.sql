CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint);
-- then:
ALTER TABLE account SET LOGGED;
--                  ^^^^^^^^^^ all of `account` is written anew
ALTER TABLE account SET UNLOGGED;
--                  ^^^^^^^^^^^^ all of `account` is written anew
