CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint);
CREATE UNLOGGED TABLE draft (id bigint);
-- then:
ALTER TABLE draft SET LOGGED;
--                ^^^^^^^^^^ all of `draft` is rewritten under ACCESS EXCLUSIVE: nobody can read or write it meanwhile
ALTER TABLE account SET UNLOGGED;
--                  ^^^^^^^^^^^^ all of `account` is rewritten under ACCESS EXCLUSIVE: nobody can read or write it meanwhile
