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
-- or:
CREATE TABLE event (id bigint, at date) PARTITION BY RANGE (at);
CREATE TABLE event_2024 PARTITION OF event FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE event_rest PARTITION OF event DEFAULT;
CREATE INDEX event_at ON event (at);
-- then:
DROP INDEX event_at;
CREATE TABLE event_2025 PARTITION OF event FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
