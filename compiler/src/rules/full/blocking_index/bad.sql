CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint);
-- then:
CREATE INDEX account_email ON account (email);
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ writers of `account` wait until this index is built
