CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint);
CREATE UNIQUE INDEX account_email ON account (email);
-- then:
CREATE INDEX account_team ON account (team);
ALTER TABLE account ADD COLUMN mail text REFERENCES mail;
ALTER TABLE account ALTER COLUMN mail SET NOT NULL;
ALTER TABLE account ALTER COLUMN email DROP NOT NULL;
CREATE TABLE team (id bigint);
CREATE UNIQUE INDEX team_id ON team (id);
-- its down file:
CREATE UNIQUE INDEX account_mail ON account (email);
