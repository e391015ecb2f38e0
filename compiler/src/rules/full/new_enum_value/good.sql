CREATE TYPE mood AS ENUM ('good');
-- then:
ALTER TYPE mood ADD VALUE 'bad';
UPDATE person SET mood = 'good' WHERE mood IS NULL;
-- or:
CREATE TYPE mood AS ENUM ('good');
CREATE TABLE person (id bigint, mood mood);
-- then:
-- pgstrata: no-transaction
ALTER TYPE mood ADD VALUE 'bad';
UPDATE person SET mood = 'bad' WHERE mood IS NULL;
-- or:
CREATE TYPE mood AS ENUM ('good');
CREATE TABLE person (mood mood);
-- then:
ALTER TYPE mood ADD VALUE IF NOT EXISTS 'good';
UPDATE person SET mood = 'good';
