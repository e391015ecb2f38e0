CREATE TYPE mood AS ENUM ('good');
DROP TYPE mood;
DROP VIEW known;
-- its down file:
DROP SCHEMA audit;
