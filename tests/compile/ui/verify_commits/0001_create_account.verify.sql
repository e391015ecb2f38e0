-- pgstrata: no-transaction
SELECT 1;
