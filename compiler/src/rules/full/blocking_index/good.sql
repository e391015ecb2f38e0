CREATE TABLE account (id bigint, email text);
CREATE INDEX account_email ON account (email);
CREATE MATERIALIZED VIEW account_total AS SELECT count(*) AS n FROM account;
CREATE UNIQUE INDEX account_total_n ON account_total (n);
-- or:
CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint);
-- then:
-- pgstrata: no-transaction
CREATE INDEX CONCURRENTLY account_email ON account (email);
-- its down file:
CREATE INDEX account_team ON account (team);
-- or:
CREATE TABLE event (id bigint, at date) PARTITION BY RANGE (at);
CREATE TABLE event_2024 PARTITION OF event FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE INDEX event_2024_at ON event_2024 (at);
-- then:
CREATE INDEX event_at ON ONLY event (at);
ALTER INDEX event_at ATTACH PARTITION event_2024_at;
-- or:
CREATE TEMPORARY TABLE picked AS SELECT 1 AS id;
CREATE INDEX ON picked (id);
-- or:
SELECT 1 AS id INTO fresh;
CREATE INDEX ON fresh (id);
-- or:
CREATE SCHEMA audit CREATE TABLE log (id bigint);
CREATE INDEX ON audit.log (id);
