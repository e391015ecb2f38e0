CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE TABLE person (id bigint, mood mood, name text);
-- then:
INSERT INTO person (id, mood) VALUES (1, 'good'), (2, 'Good');
--                                                    ^^^^^^ `mood` has no value 'Good'
INSERT INTO person AS p (name, mood) OVERRIDING USER VALUE VALUES ('sad', 'sad') ON CONFLICT DO NOTHING;
--                                                                        ^^^^^ `mood` has no value 'sad'
UPDATE ONLY person AS p SET name = 'sad', mood = 'sad' WHERE id = 1;
--                                               ^^^^^ `mood` has no value 'sad'
ALTER TABLE person ALTER COLUMN mood SET DEFAULT 'sad';
--                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ `mood` has no value 'sad'
ALTER TABLE person ADD COLUMN second mood NOT NULL DEFAULT 'sad'::mood;
--                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ `mood` has no value 'sad'
CREATE TABLE pet (mood public.mood DEFAULT 'sad' NOT NULL);
--                ^^^^ `mood` has no value 'sad'
-- or:
CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE TABLE person (mood mood);
-- then:
ALTER TYPE mood RENAME VALUE 'bad' TO 'sad';
UPDATE person SET mood = 'bad';
--                       ^^^^^ `mood` has no value 'bad'
-- or:
CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE TABLE person (mood mood);
-- then:
ALTER TYPE mood RENAME TO old_mood;
CREATE TYPE mood AS ENUM ('glad', 'sad');
INSERT INTO person (mood) VALUES ('glad');
--                                ^^^^^^ `old_mood` has no value 'glad'
ALTER TABLE person ALTER COLUMN mood TYPE mood USING 'sad';
INSERT INTO person (mood) VALUES ('good');
--                                ^^^^^^ `mood` has no value 'good'
-- its down file:
INSERT INTO person (mood) VALUES ('bad');
--                                ^^^^^ `mood` has no value 'bad'
