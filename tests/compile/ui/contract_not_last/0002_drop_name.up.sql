-- pgstrata: phase contract
ALTER TABLE account DROP COLUMN name;
