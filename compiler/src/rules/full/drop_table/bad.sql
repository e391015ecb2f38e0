CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint);
-- then:
DROP TABLE account;
--^^^^^^^^^^^^^^^^ all rows of `account` will be lost
-- or:
CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint);
-- then:
CREATE TABLE scratch (id bigint);
DROP TABLE scratch, account;
--^^^^^^^^^^^^^^^^^^^^^^^^^ all rows of `account` will be lost
-- or:
CREATE TABLE account (id bigint);
-- then:
CREATE TABLE IF NOT EXISTS account (id bigint);
-- its down file:
DROP TABLE account;
--^^^^^^^^^^^^^^^^ all rows of `account` will be lost
