CREATE TYPE mood AS ENUM ('good');
CREATE TABLE person (id bigint, mood mood);
-- then:
ALTER TYPE mood ADD VALUE 'bad';
UPDATE person SET mood = 'bad' WHERE mood IS NULL;
--                       ^^^^^ 'bad' is added to `mood` in this same transaction
