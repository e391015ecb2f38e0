CREATE TABLE account (id bigint);
CREATE TABLE team (id bigint);
-- then:
ALTER TABLE account ADD COLUMN name text;
ALTER TABLE account ADD COLUMN seen_at timestamptz;
ALTER TABLE team VALIDATE CONSTRAINT team_name;
DROP TABLE team;
CREATE TABLE club (id bigint);
ALTER TABLE club ADD COLUMN name text;
-- its down file:
ALTER TABLE account ADD COLUMN name text;
ALTER TABLE team ADD COLUMN name text;
-- or:
CREATE TABLE account (id bigint);
CREATE TABLE team (id bigint);
-- then:
-- pgstrata: no-transaction
ALTER TABLE account ADD COLUMN name text;
ALTER TABLE team ADD COLUMN name text;
