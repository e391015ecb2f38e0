CREATE TABLE account (id bigint, CONSTRAINT account_key PRIMARY KEY (id));
ALTER TABLE account DROP CONSTRAINT account_key;
-- or:
CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint);
-- then:
ALTER TABLE account ADD CONSTRAINT account_proof CHECK (email IS NOT NULL) NOT VALID;
ALTER TABLE account DROP CONSTRAINT account_proof;
ALTER TABLE account DROP COLUMN email;
-- its down file:
ALTER TABLE account DROP CONSTRAINT account_pkey;
