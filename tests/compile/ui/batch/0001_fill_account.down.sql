-- pgstrata: batch
UPDATE account SET active = NULL WHERE active;
