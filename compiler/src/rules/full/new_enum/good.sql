CREATE TYPE point AS (x int, y int);
CREATE DOMAIN mood AS text CHECK (VALUE IN ('good', 'bad'));
-- or:
DROP TYPE mood;
-- its down file:
CREATE TYPE mood AS ENUM ('good');
