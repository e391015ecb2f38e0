CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint);
-- then:
CREATE INDEX account_email ON account (email);
ALTER TABLE account ADD COLUMN name text;
ALTER TABLE account ADD CONSTRAINT account_named CHECK (name <> '') NOT VALID;
ALTER TABLE account ADD CONSTRAINT account_key UNIQUE USING INDEX account_email;
ALTER TABLE account ADD CONSTRAINT account_id_known NOT NULL id;
ALTER TABLE account DROP COLUMN team;
CREATE TABLE club (id bigint, name text);
CREATE INDEX club_name ON club (name);
INSERT INTO account (id) VALUES (1);
-- its down file:
ALTER TABLE account DROP COLUMN name;
CREATE INDEX account_name ON account (email);
-- or:
CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint);
-- then:
-- pgstrata: no-transaction
ALTER TABLE account ADD COLUMN name text;
CREATE INDEX account_email ON account (email);
-- or:
CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint);
-- then:
ALTER TABLE account VALIDATE CONSTRAINT account_named;
CREATE INDEX account_email ON account (email);
-- or:
CREATE TABLE account (id bigint, email text);
-- then:
ALTER TABLE account ADD COLUMN name text;
CREATE MATERIALIZED VIEW known AS SELECT email FROM account WITH NO DATA;
CREATE TABLE like_it (LIKE account);
CREATE VIEW all_of_it AS SELECT email FROM account;
SELECT email FROM account WHERE id = 1;
-- or:
CREATE TABLE event (id bigint NOT NULL, at date NOT NULL) PARTITION BY RANGE (at);
-- then:
ALTER TABLE ONLY event ADD CONSTRAINT event_once UNIQUE (id, at);
CREATE INDEX event_at ON ONLY event (at);
ALTER TABLE ONLY event ADD CONSTRAINT event_again UNIQUE (at, id);
