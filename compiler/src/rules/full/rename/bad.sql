CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint);
CREATE TYPE mood AS ENUM ('good');
-- then:
ALTER TABLE account RENAME COLUMN email TO mail;
--                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^ `email` is not found under its old name any more
ALTER TABLE account RENAME TO customer;
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ `account` is not found under its old name any more
ALTER VIEW known RENAME TO customers;
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ `known` is not found under its old name any more
ALTER MATERIALIZED VIEW total RENAME TO totals;
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ `total` is not found under its old name any more
ALTER FUNCTION touch() RENAME TO touched;
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ `touch` is not found under its old name any more
ALTER SCHEMA audit RENAME TO log;
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ `audit` is not found under its old name any more
ALTER TYPE mood RENAME VALUE 'good' TO 'fine';
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ `good` is not found under its old name any more
ALTER TABLE customer SET SCHEMA log;
--                   ^^^^^^^^^^^^^^ `customer` is not found under its old name any more
-- or:
CREATE TYPE mood AS ENUM ('good');
CREATE DOMAIN email AS text;
CREATE SEQUENCE number;
-- then:
ALTER TYPE mood RENAME TO moods;
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ `mood` is not found under its old name any more
ALTER DOMAIN email RENAME TO mail;
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ `email` is not found under its old name any more
ALTER SEQUENCE number RENAME TO numbers;
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ `number` is not found under its old name any more
