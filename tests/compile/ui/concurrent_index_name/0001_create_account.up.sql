-- pgstrata: no-transaction
CREATE INDEX CONCURRENTLY ON account (email);
