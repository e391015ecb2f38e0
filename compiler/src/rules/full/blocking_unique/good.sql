CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint);
-- then:
ALTER TABLE account ADD CONSTRAINT account_email_unique UNIQUE USING INDEX account_email_key;
ALTER TABLE account ADD CONSTRAINT account_named CHECK (email <> '');
ALTER TABLE account ADD COLUMN mail text CHECK (mail <> '');
ALTER TABLE account DROP COLUMN team;
CREATE TABLE team (id bigint);
ALTER TABLE team ADD UNIQUE (id);
-- its down file:
ALTER TABLE account ADD UNIQUE (team);
-- or:
CREATE TABLE event (id bigint NOT NULL, at date NOT NULL) PARTITION BY RANGE (at);
-- then:
ALTER TABLE ONLY event ADD CONSTRAINT event_once UNIQUE (id, at);
