CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint);
-- then:
ALTER TABLE account SET ACCESS METHOD columnar;
--                  ^^^^^^^^^^^^^^^^^^^^^^^^^^ all of `account` is copied under ACCESS EXCLUSIVE: nobody can read or write it meanwhile
ALTER TABLE account SET TABLESPACE fast;
--                  ^^^^^^^^^^^^^^^^^^^ all of `account` is copied under ACCESS EXCLUSIVE: nobody can read or write it meanwhile
