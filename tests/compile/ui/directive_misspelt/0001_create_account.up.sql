-- pgstrata: no-transactoin
VACUUM account;
