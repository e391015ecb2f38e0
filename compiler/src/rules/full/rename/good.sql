CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint);
-- then:
ALTER TABLE account RENAME CONSTRAINT account_pkey TO account_key;
ALTER INDEX account_email RENAME TO account_mail;
CREATE VIEW known AS SELECT 1;
ALTER VIEW known RENAME TO customers;
ALTER TABLE account ADD COLUMN name text;
ALTER TABLE account RENAME COLUMN name TO title;
CREATE TABLE team (id bigint);
ALTER TABLE team RENAME COLUMN id TO number;
ALTER TABLE team SET SCHEMA audit;
CREATE TYPE flavour AS ENUM ('sweet');
ALTER TYPE flavour RENAME VALUE 'sweet' TO 'sour';
-- its down file:
ALTER TABLE account RENAME COLUMN email TO mail;
ALTER TABLE account RENAME TO customer;
ALTER TYPE mood RENAME VALUE 'good' TO 'fine';
-- or:
CREATE TABLE account (id bigint);
ALTER TABLE account RENAME TO customer;
-- or:
CREATE TYPE mood AS ENUM ('good');
ALTER TYPE mood RENAME TO moods;
-- or:
CREATE TYPE mood AS ENUM ('good');
CREATE TABLE account (mood mood);
-- then:
ALTER TYPE mood RENAME TO mood_old;
CREATE TYPE mood AS ENUM ('fine');
ALTER TABLE account ALTER COLUMN mood TYPE mood USING 'fine'::mood;
DROP TYPE mood_old;
