-- pgstrata: no-transaction

-- pgstrata: batch
-- pgstrata: key id
UPDATE account SET n = n + 1
WHERE id IN (SELECT id FROM account WHERE id > $1 ORDER BY id LIMIT 10)
RETURNING id;
INSERT INTO ran (what) VALUES ('up 3');
