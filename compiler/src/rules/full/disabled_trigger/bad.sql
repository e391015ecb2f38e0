CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint);
-- then:
ALTER TABLE account DISABLE TRIGGER account_touch;
--                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ `account_touch` of `account` stays disabled
ALTER TABLE account DISABLE TRIGGER "all";
--                  ^^^^^^^^^^^^^^^^^^^^^ `all` of `account` stays disabled
ALTER TABLE account ENABLE TRIGGER account_count;
ALTER TABLE team ENABLE TRIGGER ALL;
