CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint);
-- then:
ALTER TABLE account RENAME COLUMN email TO mail;
--                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^ `email` is not found under its old name any more
