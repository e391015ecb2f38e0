CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint);
-- then:
TRUNCATE account;
--^^^^^^^^^^^^^^ all rows of `account` will be lost
CREATE TABLE scratch (id bigint);
TRUNCATE scratch, account CASCADE;
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ all rows of `account`, and of every table that refers to it, will be lost
-- or:
CREATE TABLE account (id bigint);
-- then:
CREATE TABLE scratch (id bigint);
-- its down file:
TRUNCATE account;
--^^^^^^^^^^^^^^ all rows of `account` will be lost
