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
