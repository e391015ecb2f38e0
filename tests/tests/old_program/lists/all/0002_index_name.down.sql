-- pgstrata: no-transaction
INSERT INTO ran (what) VALUES ('down 2.1');
DROP INDEX CONCURRENTLY IF EXISTS account_name;
INSERT INTO ran (what) VALUES ('down 2.3');
