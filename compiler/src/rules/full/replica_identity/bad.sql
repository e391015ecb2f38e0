CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint);
-- then:
ALTER TABLE account REPLICA IDENTITY FULL;
--                  ^^^^^^^^^^^^^^^^^^^^^ subscribers of `account` find its rows by something else
