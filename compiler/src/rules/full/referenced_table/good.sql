CREATE TABLE team (id bigint PRIMARY KEY, parent bigint REFERENCES team);
CREATE TABLE account (id bigint PRIMARY KEY, team bigint REFERENCES team);
CREATE TABLE place (id bigint PRIMARY KEY);
CREATE TABLE visit (place bigint REFERENCES place);
CREATE TABLE city (id bigint PRIMARY KEY);
CREATE TABLE street (city bigint REFERENCES city);
CREATE TABLE lake (id bigint PRIMARY KEY);
CREATE TABLE shore (lake bigint REFERENCES lake);
-- then:
DROP TABLE account;
DROP TABLE team;
DROP TABLE place, visit;
DROP TABLE city CASCADE;
ALTER TABLE shore DROP CONSTRAINT shore_lake_fkey;
DROP TABLE lake;
-- or:
CREATE TABLE team (id bigint PRIMARY KEY);
CREATE TABLE account (id bigint PRIMARY KEY, team bigint REFERENCES team);
-- then:
DO $$ BEGIN ALTER TABLE account DROP COLUMN team; END $$;
DROP TABLE team;
