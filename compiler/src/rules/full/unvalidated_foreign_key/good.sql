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
-- or:
CREATE TABLE team (id bigint PRIMARY KEY);
CREATE TABLE event (team bigint, at date) PARTITION BY RANGE (at);
CREATE TABLE event_2024 PARTITION OF event FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
ALTER TABLE event_2024 ADD CONSTRAINT event_team FOREIGN KEY (team) REFERENCES team NOT VALID;
ALTER TABLE event_2024 VALIDATE CONSTRAINT event_team;
-- then:
ALTER TABLE event ADD CONSTRAINT event_team FOREIGN KEY (team) REFERENCES team;
