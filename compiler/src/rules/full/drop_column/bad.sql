CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint);
-- then:
ALTER TABLE account DROP COLUMN email;
--                  ^^^^^^^^^^^^^^^^^ the values of `email` will be lost
