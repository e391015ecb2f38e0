CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint, CONSTRAINT account_email_known CHECK (email IS NOT NULL));
-- then:
ALTER TABLE account ALTER COLUMN email SET NOT NULL;
