CREATE TABLE account (id bigint PRIMARY KEY, email text);
CREATE INDEX account_email ON account (email);
CREATE TYPE mood AS ENUM ('good');
-- then:
CREATE TABLE account (id bigint);
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ table account is there already
CREATE INDEX account_email ON account (email);
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ index account_email is there already
CREATE TYPE mood AS ENUM ('good', 'bad');
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ type mood is there already
ALTER TABLE account ADD COLUMN email text;
--                  ^^^^^^^^^^^^^^^^^^^^^ column email of account is there already
-- its down file:
CREATE TABLE account (id bigint);
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ table account is there already
