CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint);
-- then:
ALTER TABLE account ADD CONSTRAINT account_team FOREIGN KEY (team) REFERENCES team (id);
CREATE INDEX account_team ON account (team, email);
CREATE TABLE book (id bigint PRIMARY KEY REFERENCES account, owner bigint REFERENCES account UNIQUE);
CREATE TABLE page (book bigint REFERENCES book, number int, PRIMARY KEY (book, number), CONSTRAINT one UNIQUE (number), FOREIGN KEY (number) REFERENCES number);
ALTER TABLE made_elsewhere ADD FOREIGN KEY (team) REFERENCES team;
ALTER TABLE page ADD COLUMN done boolean;
ALTER TABLE page ADD CHECK (done);
-- its down file:
ALTER TABLE account ADD CONSTRAINT account_email FOREIGN KEY (email) REFERENCES team (id);
-- or:
CREATE TABLE account (id bigint, team bigint, CONSTRAINT account_key UNIQUE (team));
-- then:
ALTER TABLE account ADD CONSTRAINT account_team FOREIGN KEY (id, team) REFERENCES team (id, team);
