CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint);
-- then:
ALTER TABLE account ADD COLUMN name text;
UPDATE account SET name = email WHERE name IS NULL;
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ rows of `account` are changed while nobody can use `account`
-- or:
CREATE TABLE account (id bigint, email text);
-- then:
ALTER TABLE account ADD COLUMN name text;
MERGE INTO account USING (SELECT 1 AS id) AS it ON account.id = it.id WHEN MATCHED THEN UPDATE SET name = '';
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ rows of `account` are changed while nobody can use `account`
-- or:
CREATE TABLE account (id bigint, email text);
-- then:
ALTER TABLE account ADD COLUMN name text;
WITH it AS (SELECT 1 AS id) UPDATE account SET name = '' FROM it WHERE account.id = it.id;
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ rows of `account` are changed while nobody can use `account`
