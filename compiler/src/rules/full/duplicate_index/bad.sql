CREATE TABLE account (id bigint, email text);
CREATE UNIQUE INDEX account_email ON account (email);
-- then:
CREATE INDEX account_mail ON account (email);
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ index account_email is the same
