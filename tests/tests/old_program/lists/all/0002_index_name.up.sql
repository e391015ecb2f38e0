-- pgstrata: no-transaction
INSERT INTO ran (what) VALUES ('up 2.1');
CREATE UNIQUE INDEX CONCURRENTLY account_name ON account (name);
INSERT INTO ran (what) VALUES ('up 2.3');
