-- pgstrata: no-transaction
VACUUM (ANALYZE) account;
-- its down file:
-- pgstrata: no-transaction
VACUUM FULL account;
