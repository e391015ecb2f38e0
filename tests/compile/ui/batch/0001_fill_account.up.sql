-- pgstrata: no-transaction

-- pgstrata: batch
UPDATE account SET active = true;

-- pgstrata: batch
TRUNCATE account;

-- pgstrata: batch
-- pgstrata: key id
DELETE FROM account WHERE id IN (SELECT id FROM account WHERE id > $1 LIMIT 1000);

-- pgstrata: batch
DELETE FROM account WHERE id > $1;

-- pgstrata: total SELECT count(*) FROM account
DELETE FROM account WHERE active;
