CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint);
-- then:
UPDATE account SET team = 1;
--^^^^^^^^^^^^^^^^^^^^^^^^^ this changes every row of `account`
DELETE FROM account;
--^^^^^^^^^^^^^^^^^ this deletes every row of `account`
