CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint, born timestamp);
-- then:
SET LOCAL search_path = 'UTC';
SET LOCAL timezone = 'CET';
ALTER TABLE account ALTER COLUMN born TYPE timestamptz;
--                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ the new type of `born` rewrites the table
SET LOCAL TIME ZONE 'UTC';
ALTER TABLE account ALTER COLUMN team TYPE timestamptz;
--                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ the new type of `team` rewrites the table
-- or:
CREATE TABLE account (price numeric(10,2), at timestamptz, rate numeric);
-- then:
ALTER TABLE account ALTER COLUMN price TYPE numeric(12,3);
--                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ the new type of `price` rewrites the table
ALTER TABLE account ALTER COLUMN at TYPE timestamptz(3);
--                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ the new type of `at` rewrites the table
ALTER TABLE account ALTER COLUMN rate TYPE numeric(10,2);
--                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ the new type of `rate` rewrites the table
