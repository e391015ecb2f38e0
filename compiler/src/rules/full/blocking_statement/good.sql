CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), name text, born timestamp, CONSTRAINT named CHECK (name <> ''));
CREATE INDEX account_email ON account (email);
-- then:
ALTER TABLE account ALTER COLUMN email TYPE varchar(200);
ALTER TABLE account ADD COLUMN age int;
ALTER TABLE account DROP COLUMN age;
LOCK TABLE account;
UPDATE account SET name = 'x' WHERE id = 1;
SET LOCAL timezone = 'UTC';
ALTER TABLE account ALTER COLUMN born TYPE timestamptz;
-- its down file:
ALTER TABLE account ALTER COLUMN name TYPE varchar;
-- or:
CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), CONSTRAINT email_set CHECK (email <> ''));
ALTER TABLE account ALTER COLUMN email TYPE text;
-- or:
CREATE TABLE event (id bigint, at date) PARTITION BY RANGE (at);
CREATE INDEX event_id ON event (id);
CREATE TABLE event_2024 (id bigint, at date, CHECK (at IS NOT NULL AND at >= '2024-01-01' AND at < '2025-01-01'));
CREATE INDEX event_2024_id ON event_2024 (id);
-- then:
ALTER TABLE event ATTACH PARTITION event_2024 FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
