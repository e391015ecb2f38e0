CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint);
-- then:
-- pgstrata: no-transaction
UPDATE account SET team = 1 WHERE team IS NULL;
-- pgstrata: batch
WITH old AS (SELECT id FROM account WHERE team = 1 LIMIT 1000)
DELETE FROM account USING old WHERE account.id = old.id;
-- pgstrata: batch
DELETE FROM account;
-- or:
CREATE TABLE account (id bigint, email text);
-- then:
WITH gone AS (DELETE FROM account WHERE id < 5 RETURNING id) SELECT count(*) FROM gone;
MERGE INTO account USING (SELECT 1 AS id) AS it ON account.id = it.id WHEN MATCHED THEN DELETE;
UPDATE account SET email = '' WHERE id = 1;
DELETE FROM account WHERE true AND id = 1;
CREATE TEMPORARY TABLE picked AS SELECT 1 AS id;
DELETE FROM picked;
-- or:
CREATE TABLE setting (name text);
INSERT INTO setting VALUES ('x');
-- its down file:
DELETE FROM setting;
DROP TABLE setting;
-- or:
CREATE TABLE setting (name text);
-- then:
ALTER TABLE setting DROP COLUMN name;
-- its down file:
ALTER TABLE setting ADD COLUMN name text;
UPDATE setting SET name = '';
