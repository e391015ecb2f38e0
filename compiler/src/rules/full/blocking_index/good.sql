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
