CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint);
-- then:
ALTER TABLE account DISABLE TRIGGER account_touch, DISABLE TRIGGER account_count;
ALTER TABLE account ENABLE TRIGGER Account_touch;
ALTER TABLE account ENABLE TRIGGER ALL;
-- its down file:
ALTER TABLE account DISABLE TRIGGER account_touch;
