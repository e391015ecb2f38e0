-- pgstrata: no-transaction

DROP INDEX CONCURRENTLY {index};
