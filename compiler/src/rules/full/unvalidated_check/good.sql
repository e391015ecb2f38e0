CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint);
-- then:
ALTER TABLE account ADD CONSTRAINT account_email_set CHECK (email <> '') NOT VALID;
ALTER TABLE account ADD COLUMN name text;
ALTER TABLE account ADD COLUMN number text UNIQUE CHECK (number <> '');
