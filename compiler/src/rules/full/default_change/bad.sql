CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint);
-- then:
ALTER TABLE account ALTER COLUMN email SET DEFAULT '';
--                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ rows that leave `email` out get another value
ALTER TABLE account ALTER team DROP DEFAULT;
--                  ^^^^^^^^^^^^^^^^^^^^^^^ rows that leave `team` out get another value
ALTER TABLE account ALTER COLUMN "email" DROP EXPRESSION;
--                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ rows that leave `email` out get another value
ALTER TABLE account ALTER email DROP EXPRESSION IF EXISTS;
--                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ rows that leave `email` out get another value
