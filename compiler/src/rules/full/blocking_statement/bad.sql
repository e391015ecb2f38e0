CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), CONSTRAINT email_set CHECK (email <> ''));
-- then:
ALTER TABLE account ALTER COLUMN email TYPE text;
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ all of `account` is read under ACCESS EXCLUSIVE: nobody can read or write it meanwhile
-- or:
CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100));
CREATE INDEX account_email ON account (lower(email));
-- then:
ALTER TABLE account ALTER COLUMN email TYPE text;
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ all of `account` is read under ACCESS EXCLUSIVE: nobody can read or write it meanwhile
-- or:
CREATE TABLE account (id bigint PRIMARY KEY, email text);
CREATE INDEX account_email ON account (email);
-- then:
ALTER TABLE account ALTER COLUMN email TYPE text COLLATE "C";
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ all of `account` is read under ACCESS EXCLUSIVE: nobody can read or write it meanwhile
-- or:
CREATE TABLE account (id bigint PRIMARY KEY, email text);
-- then:
ALTER TABLE account ADD COLUMN folded text GENERATED ALWAYS AS (lower(email)) VIRTUAL NOT NULL;
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ all of `account` is read under ACCESS EXCLUSIVE: nobody can read or write it meanwhile
-- or:
CREATE TABLE account (id bigint PRIMARY KEY, email text);
-- then:
ALTER TABLE account ADD COLUMN age int;
ALTER TABLE account ALTER COLUMN age SET NOT NULL;
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ all of `account` is read under ACCESS EXCLUSIVE: nobody can read or write it meanwhile
-- or:
CREATE TABLE event (id bigint, at date) PARTITION BY RANGE (at);
CREATE INDEX event_id ON event (id);
CREATE TABLE event_2024 (id bigint, at date, CHECK (at IS NOT NULL AND at >= '2024-01-01' AND at < '2025-01-01'));
-- then:
ALTER TABLE event ATTACH PARTITION event_2024 FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ all of `event_2024` is read under ACCESS EXCLUSIVE: nobody can read or write it meanwhile
-- or:
CREATE TABLE account (id bigint PRIMARY KEY, email text);
-- then:
ALTER TABLE account ADD COLUMN age int;
ALTER TABLE account ALTER COLUMN age TYPE bigint;
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ all of `account` is rewritten under ACCESS EXCLUSIVE: nobody can read or write it meanwhile
