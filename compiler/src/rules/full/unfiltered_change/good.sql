CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint);
-- then:
-- pgstrata: no-transaction
UPDATE account SET team = 1 WHERE team IS NULL;
-- pgstrata: batch
WITH old AS (SELECT id FROM account WHERE team = 1 LIMIT 1000)
DELETE FROM account USING old WHERE account.id = old.id;
-- pgstrata: batch
DELETE FROM account;
