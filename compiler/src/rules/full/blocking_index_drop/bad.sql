CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint);
CREATE INDEX account_email ON account (email);
-- then:
DROP INDEX account_email;
--^^^^^^^^^^^^^^^^^^^^^^ the table is locked to drop its index
-- or:
CREATE TABLE account (id bigint, email text);
CREATE INDEX account_email ON account (email);
-- then:
CREATE INDEX account_id ON account (id);
DROP INDEX account_id, account_email;
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ the table is locked to drop its index
