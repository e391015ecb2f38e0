-- pgstrata: no-transaction

CREATE INDEX CONCURRENTLY {index} ON {table} ({column});
