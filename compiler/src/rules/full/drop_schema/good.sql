CREATE TYPE mood AS ENUM ('good');
DROP TYPE mood;
DROP VIEW known;
-- its down file:
DROP SCHEMA audit;
-- or:
CREATE TYPE mood AS ENUM ('good');
CREATE TYPE size AS ENUM ('big');
-- then:
ALTER TYPE mood RENAME TO mood_old;
CREATE TYPE mood AS ENUM ('fine');
DROP TYPE mood_old;
CREATE TYPE size_new AS ENUM ('small');
DROP TYPE size;
ALTER TYPE size_new RENAME TO size;
