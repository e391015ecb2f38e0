CREATE TABLE account (id bigint REFERENCES team ON DELETE CASCADE);
DROP TABLE account CASCADE;
DROP TRIGGER account_touch ON account CASCADE;
-- or:
CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint);
-- then:
DROP TABLE account;
DROP POLICY mine ON account CASCADE;
DROP RULE other ON account CASCADE;
DROP INDEX account_email CASCADE;
-- or:
CREATE TABLE account (id bigint PRIMARY KEY);
-- its down file:
DROP TABLE account CASCADE;
-- or:
CREATE SEQUENCE number;
CREATE TABLE account (id bigint);
-- then:
DROP SEQUENCE number CASCADE;
CREATE TYPE mood AS ENUM ('good');
DROP TYPE mood CASCADE;
