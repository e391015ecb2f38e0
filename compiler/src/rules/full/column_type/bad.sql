CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint, born timestamp);
-- then:
SET LOCAL search_path = 'UTC';
SET LOCAL timezone = 'CET';
ALTER TABLE account ALTER COLUMN born TYPE timestamptz;
--                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ the new type of `born` rewrites the table
SET LOCAL TIME ZONE 'UTC';
ALTER TABLE account ALTER COLUMN team TYPE timestamptz;
--                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ the new type of `team` rewrites the table
