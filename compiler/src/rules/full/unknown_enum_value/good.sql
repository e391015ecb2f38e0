CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE DOMAIN feeling AS mood;
CREATE TABLE person (id bigint, mood mood, moods mood[], name text, feeling feeling);
CREATE VIEW people AS SELECT id, name AS mood FROM person;
-- then:
INSERT INTO person (id, mood, moods, name) VALUES (1, 'good', '{good,bad}', 'sad');
INSERT INTO person (id, mood) VALUES (1, ('g' || 'ood')::mood), (2, CASE WHEN true THEN 'bad'::mood END), (3, DEFAULT), (4, NULL);
INSERT INTO person (mood, name) SELECT mood, 'sad' FROM person;
INSERT INTO person (feeling) VALUES ('good');
INSERT INTO people (mood) VALUES ('sad');
UPDATE person SET mood = ('g' || 'ood')::mood, name = 'sad';
UPDATE person SET (mood, name) = ('bad', 'sad');
ALTER TYPE mood ADD VALUE 'sad';
ALTER TABLE person ALTER COLUMN mood SET DEFAULT 'good', ADD COLUMN word text DEFAULT 'sad';
-- or:
CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE TABLE person (mood mood);
DO $$ BEGIN ALTER TYPE mood ADD VALUE 'sad'; END $$;
-- then:
UPDATE person SET mood = 'sad';
-- or:
CREATE SCHEMA other;
CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE TYPE other.mood AS ENUM ('glad', 'sad');
CREATE TABLE person (mood other.mood);
-- then:
UPDATE person SET mood = 'sad';
-- or:
CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE TABLE person (mood mood);
INSERT INTO pg_catalog.pg_enum (oid, enumtypid, enumsortorder, enumlabel) VALUES (99999, 'mood'::regtype, 3, 'sad');
-- then:
UPDATE person SET mood = 'sad';
-- or:
CREATE TYPE mood AS (name text);
CREATE TABLE person (mood mood);
-- then:
UPDATE person SET mood = '(sad)';
-- or:
CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE TABLE person (mood mood);
-- then:
ALTER TYPE mood ADD VALUE 'sad' BEFORE 'bad';
-- its down file:
UPDATE person SET mood = 'bad' WHERE mood = 'sad';
UPDATE person SET mood = 'sad' WHERE mood = 'bad';
-- or:
CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE TABLE person (mood mood);
-- then:
CREATE TABLE IF NOT EXISTS person (mood mood DEFAULT 'sad');
ALTER TABLE person ADD COLUMN IF NOT EXISTS mood mood DEFAULT 'sad';
ALTER TABLE IF EXISTS people ADD COLUMN mood mood DEFAULT 'sad';
CREATE TEMPORARY TABLE person (mood text DEFAULT 'sad');
INSERT INTO person (mood) VALUES ('sad');
-- or:
CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE TABLE person (mood mood);
-- then:
DROP TYPE mood CASCADE;
CREATE TYPE mood AS ENUM ('sad');
ALTER TABLE person ADD COLUMN mood mood DEFAULT 'sad';
UPDATE person SET mood = 'sad';
