CREATE TABLE account (id bigint PRIMARY KEY, email text, active boolean, seen date);
CREATE TABLE picked (id bigint);
-- then:
-- pgstrata: no-transaction
-- pgstrata: batch
UPDATE account SET active = true WHERE id IN (SELECT id FROM account WHERE active IS NULL LIMIT 1000);
-- or:
CREATE TABLE account (id bigint PRIMARY KEY, email text, active boolean, seen date);
CREATE TABLE picked (id bigint);
-- then:
DELETE FROM account WHERE id NOT IN (SELECT id FROM account ORDER BY id LIMIT 1000);
WITH kept AS (SELECT id FROM account ORDER BY seen DESC LIMIT 1000) DELETE FROM account AS a WHERE NOT EXISTS (SELECT FROM kept WHERE kept.id = a.id);
UPDATE account SET active = true WHERE id IN (SELECT id FROM account ORDER BY seen DESC LIMIT 100);
UPDATE account SET active = true WHERE id IN (SELECT id FROM account WHERE active ORDER BY id DESC LIMIT 100);
UPDATE account SET active = true WHERE id IN (SELECT id FROM picked WHERE id > 1 LIMIT 1000);
UPDATE account SET active = true WHERE id IN (SELECT id FROM account WHERE active IS NULL);
UPDATE account SET active = true WHERE id = (SELECT id FROM account WHERE active IS NULL LIMIT 1);
UPDATE account SET active = id IN (SELECT id FROM account WHERE seen IS NULL LIMIT 1000);
UPDATE account SET seen = (SELECT max(at.seen) FROM account AS at WHERE at.id IN (SELECT id FROM account WHERE active LIMIT 500));
UPDATE account SET active = true WHERE EXISTS (SELECT FROM account AS a WHERE a.id = account.id LIMIT 1000);
UPDATE account SET seen = (SELECT max(seen) FROM account WHERE active LIMIT 1000);
UPDATE account SET active = true WHERE id IN (SELECT id FROM account WHERE active IS NULL LIMIT 10);
INSERT INTO picked SELECT id FROM account WHERE active LIMIT 1000;
CREATE TABLE fresh AS SELECT id FROM account;
DELETE FROM fresh WHERE id IN (SELECT id FROM fresh LIMIT 1000);
