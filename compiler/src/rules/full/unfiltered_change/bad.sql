CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint);
-- then:
UPDATE account SET team = 1;
--^^^^^^^^^^^^^^^^^^^^^^^^^ this changes every row of `account`
DELETE FROM account;
--^^^^^^^^^^^^^^^^^ this deletes every row of `account`
-- or:
CREATE TABLE account (id bigint, email text);
-- then:
WITH gone AS (DELETE FROM account RETURNING id) SELECT count(*) FROM gone;
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ this deletes every row of `account`
DELETE FROM account WHERE true;
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^ this deletes every row of `account`
UPDATE account SET email = '' WHERE (1 = 1);
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ this changes every row of `account`
MERGE INTO account USING (SELECT 1 AS one) AS it ON true WHEN MATCHED THEN DELETE;
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ this deletes every row of `account`
WITH it AS (SELECT 1) UPDATE account SET email = '';
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ this changes every row of `account`
-- or:
CREATE TABLE setting (name text);
-- then:
INSERT INTO setting VALUES ('x');
-- its down file:
DELETE FROM setting;
--^^^^^^^^^^^^^^^^^ this deletes every row of `setting`
