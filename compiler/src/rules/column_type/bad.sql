CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint);
-- then:
ALTER TABLE account ALTER COLUMN team TYPE text;
--                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^ the new type of `team` rewrites the table
