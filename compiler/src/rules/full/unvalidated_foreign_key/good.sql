CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint);
-- then:
ALTER TABLE account ADD CONSTRAINT account_team FOREIGN KEY (team) REFERENCES team NOT VALID;
ALTER TABLE account ADD COLUMN lead bigint REFERENCES account;
ALTER TABLE account DROP COLUMN email;
ALTER TABLE account ADD COLUMN name text CHECK (name <> '');
ALTER TABLE account ADD CHECK (id > 0);
CREATE TABLE club (id bigint);
ALTER TABLE club ADD FOREIGN KEY (id) REFERENCES team;
-- its down file:
ALTER TABLE account ADD FOREIGN KEY (team) REFERENCES team;
