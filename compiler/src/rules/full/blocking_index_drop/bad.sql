CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint);
CREATE INDEX account_email ON account (email);
-- then:
DROP INDEX account_email;
--^^^^^^^^^^^^^^^^^^^^^^ `account` is locked (ACCESS EXCLUSIVE) to drop its index: nobody can read or write it
-- or:
CREATE TABLE account (id bigint, email text);
CREATE INDEX account_email ON account (email);
-- then:
CREATE INDEX account_id ON account (id);
DROP INDEX account_id, account_email;
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ `account` is locked (ACCESS EXCLUSIVE) to drop its index: nobody can read or write it
-- or:
CREATE TABLE event (id bigint, at date) PARTITION BY RANGE (at);
CREATE INDEX event_at ON event (at);
-- then:
DROP INDEX event_at;
--^^^^^^^^^^^^^^^^^ `event` is locked (ACCESS EXCLUSIVE) to drop its index: nobody can read or write it
-- or:
CREATE TABLE event (id bigint, at date) PARTITION BY RANGE (at);
CREATE INDEX event_at ON event (at);
-- then:
-- pgstrata: no-transaction
DROP INDEX CONCURRENTLY event_at;
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ `event` is partitioned, and PostgreSQL refuses CONCURRENTLY there
-- or:
CREATE TABLE account (id bigint, email text);
CREATE INDEX account_email ON account (email);
CREATE INDEX account_id ON account (id);
-- then:
-- pgstrata: no-transaction
DROP INDEX CONCURRENTLY account_id, account_email;
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ PostgreSQL refuses CONCURRENTLY for several indexes, and with CASCADE
