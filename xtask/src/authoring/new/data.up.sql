-- pgstrata: no-transaction

-- Again and again, a transaction each, until nothing is left to fill in.
-- pgstrata: batch pause 100ms
-- pgstrata: total SELECT count(*) FROM {table} WHERE {column} IS NULL
UPDATE {table} SET {column} = '{first}'
WHERE id IN (SELECT id FROM {table} WHERE {column} IS NULL LIMIT 1000);
