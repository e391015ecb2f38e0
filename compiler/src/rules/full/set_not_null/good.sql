CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint, CONSTRAINT account_email_known CHECK (email IS NOT NULL));
-- then:
ALTER TABLE account ALTER COLUMN email SET NOT NULL;
-- or:
CREATE TABLE account (id bigint PRIMARY KEY, email text, CONSTRAINT known CHECK (NOT (email IS NULL)));
-- then:
ALTER TABLE account ALTER COLUMN email SET NOT NULL;
-- or:
CREATE TABLE account (id bigint PRIMARY KEY, email text, CONSTRAINT known CHECK (email IS DISTINCT FROM NULL));
-- then:
ALTER TABLE account ALTER COLUMN email SET NOT NULL;
-- or:
CREATE TABLE account (id bigint PRIMARY KEY, email text, CONSTRAINT known CHECK (email <> '' AND (email) IS NOT NULL AND id > 0));
-- then:
ALTER TABLE account ALTER COLUMN email SET NOT NULL;
-- or:
CREATE TABLE account (id bigint PRIMARY KEY, email text, phone text, CONSTRAINT known CHECK (phone IS NOT NULL));
-- then:
ALTER TABLE account ADD CONSTRAINT email_known NOT NULL email NOT VALID;
ALTER TABLE account ADD CONSTRAINT phone_known NOT NULL phone;
-- or:
CREATE TABLE account (id bigint PRIMARY KEY, email text, phone text NOT NULL);
-- then:
ALTER TABLE account ADD NOT NULL phone;
ALTER TABLE account ALTER COLUMN phone SET NOT NULL;
