CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint, born timestamp);
-- then:
SET LOCAL application_name = 'UTC';
SET LOCAL timezone = 'CET';
ALTER TABLE account ALTER COLUMN born TYPE timestamptz;
--                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ the new type of `born` rewrites `account` under ACCESS EXCLUSIVE: nobody can read or write it meanwhile
SET LOCAL TIME ZONE 'UTC';
ALTER TABLE account ALTER COLUMN team TYPE timestamptz;
--                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ the new type of `team` rewrites `account` under ACCESS EXCLUSIVE: nobody can read or write it meanwhile
-- or:
CREATE TABLE account (price numeric(10,2), at timestamptz, rate numeric);
-- then:
ALTER TABLE account ALTER COLUMN price TYPE numeric(12,3);
--                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ the new type of `price` rewrites `account` under ACCESS EXCLUSIVE: nobody can read or write it meanwhile
ALTER TABLE account ALTER COLUMN at TYPE timestamptz(3);
--                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ the new type of `at` rewrites `account` under ACCESS EXCLUSIVE: nobody can read or write it meanwhile
ALTER TABLE account ALTER COLUMN rate TYPE numeric(10,2);
--                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ the new type of `rate` rewrites `account` under ACCESS EXCLUSIVE: nobody can read or write it meanwhile
-- or:
CREATE DOMAIN checked AS text CHECK (VALUE <> '');
CREATE TABLE account (email varchar(100), name text, price numeric(10,2), code char(5));
-- then:
ALTER TABLE account ALTER COLUMN email TYPE text USING lower(email);
--                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ the new type of `email` rewrites `account` under ACCESS EXCLUSIVE: nobody can read or write it meanwhile
ALTER TABLE account ALTER COLUMN name TYPE checked;
--                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ the new type of `name` rewrites `account` under ACCESS EXCLUSIVE: nobody can read or write it meanwhile
ALTER TABLE account ALTER COLUMN price TYPE numeric(12,4);
--                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ the new type of `price` rewrites `account` under ACCESS EXCLUSIVE: nobody can read or write it meanwhile
ALTER TABLE account ALTER COLUMN code TYPE text;
--                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^ the new type of `code` rewrites `account` under ACCESS EXCLUSIVE: nobody can read or write it meanwhile
