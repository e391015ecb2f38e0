CREATE TYPE mood AS ENUM ('good');
-- then:
ALTER TYPE mood ADD VALUE 'bad';
