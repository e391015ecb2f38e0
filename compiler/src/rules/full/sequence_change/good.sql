CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint);
-- then:
ALTER SEQUENCE account_id_seq OWNER TO owner;
ALTER SEQUENCE account_id_seq OWNED BY account.id;
ALTER SEQUENCE account_id_seq SET SCHEMA audit;
ALTER SEQUENCE account_id_seq RENAME TO account_number;
SELECT nextval('account_id_seq');
INSERT INTO setval SELECT 1;
ALTER TABLE account ADD COLUMN number bigint GENERATED ALWAYS AS IDENTITY;
ALTER TABLE account ALTER id SET DEFAULT 1;
CREATE SEQUENCE other;
-- its down file:
ALTER SEQUENCE account_id_seq RESTART WITH 1;
-- or:
CREATE TABLE account (id bigint);
ALTER TABLE account ALTER id RESTART WITH 100;
