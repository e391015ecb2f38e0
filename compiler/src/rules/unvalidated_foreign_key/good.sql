CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint);
-- then:
ALTER TABLE account ADD CONSTRAINT account_team FOREIGN KEY (team) REFERENCES team NOT VALID;
ALTER TABLE account ADD COLUMN lead bigint REFERENCES account;
