CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint);
CREATE INDEX account_email ON account (email);
-- then:
DROP INDEX account_email;
--^^^^^^^^^^^^^^^^^^^^^^ the table is locked to drop its index
