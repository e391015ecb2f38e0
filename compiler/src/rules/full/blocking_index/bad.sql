CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint);
-- then:
CREATE INDEX account_email ON account (email);
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ writers of `account` wait (SHARE) until this index is built
-- or:
CREATE TABLE event (id bigint, at date) PARTITION BY RANGE (at);
-- then:
CREATE INDEX event_at ON event (at);
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ writers of `event` wait (SHARE) until this index is built
-- or:
CREATE TABLE event (id bigint, at date) PARTITION BY RANGE (at);
-- then:
-- pgstrata: no-transaction
CREATE INDEX CONCURRENTLY event_at ON event (at);
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ `event` is partitioned, and PostgreSQL refuses CONCURRENTLY there
-- or:
CREATE TABLE account (id bigint, email text);
-- then:
CREATE INDEX account_email ON ONLY account (email);
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ writers of `account` wait (SHARE) until this index is built
