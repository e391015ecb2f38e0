-- pgstrata: no-transaction
COMMIT;
