CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint);
ALTER TABLE account ADD CONSTRAINT account_email_set CHECK (email <> '') NOT VALID;
-- then:
ALTER TABLE account VALIDATE CONSTRAINT account_email_set;
-- or:
CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint);
-- then:
-- pgstrata: no-transaction
ALTER TABLE account ADD CONSTRAINT account_email_set CHECK (email <> '') NOT VALID;
ALTER TABLE account VALIDATE CONSTRAINT account_email_set;
