CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint);
-- then:
TRUNCATE account;
--^^^^^^^^^^^^^^ all rows of `account` will be lost
