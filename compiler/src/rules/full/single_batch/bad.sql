CREATE TABLE account (id bigint PRIMARY KEY, email text, active boolean, seen date);
CREATE TABLE gone (id bigint);
-- then:
UPDATE account SET active = true WHERE id IN (SELECT id FROM account WHERE active IS NULL LIMIT 1000);
--                                                                                        ^^^^^^^^^^ 1000 rows of `account` are changed at most, and the others stay as they are
UPDATE account AS a SET active = true FROM (SELECT id FROM account WHERE active IS NULL ORDER BY id LIMIT 500 FOR UPDATE SKIP LOCKED) AS b WHERE a.id = b.id;
--                                                                                                  ^^^^^^^^^ 500 rows of `account` are changed at most, and the others stay as they are
DELETE FROM account WHERE ctid = ANY (ARRAY(SELECT ctid FROM public.account LIMIT 10000));
--                                                                          ^^^^^^^^^^^ 10000 rows of `account` are changed at most, and the others stay as they are
WITH old AS MATERIALIZED (SELECT id FROM account WHERE seen < '2020-01-01' LIMIT 5000) DELETE FROM account USING old WHERE account.id = old.id;
--                                                                         ^^^^^^^^^^ 5000 rows of `account` are changed at most, and the others stay as they are
DELETE FROM account WHERE id IN (SELECT id FROM account WHERE email IN (SELECT email FROM account) LIMIT 200) AND active;
--                                                                                                 ^^^^^^^^^ 200 rows of `account` are changed at most, and the others stay as they are
WITH moved AS (DELETE FROM account WHERE id IN (SELECT id FROM account WHERE active LIMIT 1000) RETURNING id) INSERT INTO gone SELECT id FROM moved;
--                                                                                  ^^^^^^^^^^ 1000 rows of `account` are changed at most, and the others stay as they are
UPDATE account SET active = true WHERE (id, email) IN (SELECT id, email FROM account WHERE active IS NULL FETCH FIRST 1000 ROWS ONLY);
--                                                                                                        ^^^^^^^^^^^^^^^^ 1000 rows of `account` are changed at most, and the others stay as they are
