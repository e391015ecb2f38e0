-- pgstrata: no-transaction
VACUUM (ANALYZE) account;
