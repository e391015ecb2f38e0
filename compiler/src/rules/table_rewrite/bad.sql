-- pgstrata: no-transaction
VACUUM FULL account;
