CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint);
-- then:
-- pgstrata: no-transaction
CREATE UNIQUE INDEX CONCURRENTLY account_email ON account (email);
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ this refuses rows that were allowed before
ALTER TABLE account ADD CONSTRAINT account_named CHECK (email <> '') NOT VALID;
--                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ this refuses rows that were allowed before
ALTER TABLE account ALTER COLUMN email SET NOT NULL;
--                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ this refuses rows that were allowed before
