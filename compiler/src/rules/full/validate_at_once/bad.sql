CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint);
-- then:
ALTER TABLE account ADD CONSTRAINT account_email_set CHECK (email <> '') NOT VALID;
ALTER TABLE account VALIDATE CONSTRAINT account_email_set;
--                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ `account_email_set` was added in this very transaction
