CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint);
-- then:
ALTER TABLE account ADD CONSTRAINT account_email_set CHECK (email <> '');
--                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ all rows of `account` are checked under ACCESS EXCLUSIVE: nobody can read or write it meanwhile
ALTER TABLE account ADD COLUMN name text CHECK (length(name) > 0);
--                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ all rows of `account` are checked under ACCESS EXCLUSIVE: nobody can read or write it meanwhile
ALTER TABLE account ADD COLUMN age int DEFAULT 1 CONSTRAINT account_age CHECK (age > 0);
--                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ all rows of `account` are checked under ACCESS EXCLUSIVE: nobody can read or write it meanwhile
