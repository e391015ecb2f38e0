-- pgstrata: phase contract
-- pgstrata: requires 0001
DROP TABLE account;
