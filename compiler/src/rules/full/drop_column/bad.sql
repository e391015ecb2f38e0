CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint);
-- then:
ALTER TABLE account DROP COLUMN email;
--                  ^^^^^^^^^^^^^^^^^ the values of `email` will be lost
-- or:
CREATE TYPE address AS (street text, town text);
CREATE TABLE account (id bigint, home address);
-- then:
ALTER TYPE address ADD ATTRIBUTE country text, DROP ATTRIBUTE IF EXISTS street CASCADE;
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ the values of `street` will be lost
-- or:
CREATE TABLE account (id bigint, email text);
-- then:
ALTER TABLE account ADD COLUMN name text;
-- its down file:
ALTER TABLE account DROP COLUMN name, DROP COLUMN email;
--                                    ^^^^^^^^^^^^^^^^^ the values of `email` will be lost
