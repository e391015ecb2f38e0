-- pgstrata: batch
UPDATE account SET active = true
WHERE id IN (SELECT id FROM account WHERE active IS NULL LIMIT 1000);
