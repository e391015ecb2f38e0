CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint);
-- then:
ALTER TABLE account ADD CONSTRAINT account_team FOREIGN KEY (team) REFERENCES team;
--                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ all rows of `account` are checked under SHARE ROW EXCLUSIVE: writers of both tables wait
ALTER TABLE account ADD COLUMN lead bigint DEFAULT 1 REFERENCES account;
--                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ all rows of `account` are checked under SHARE ROW EXCLUSIVE: writers of both tables wait
-- or:
CREATE TABLE team (id bigint PRIMARY KEY);
CREATE TABLE event (team bigint, at date) PARTITION BY RANGE (at);
CREATE TABLE event_2024 PARTITION OF event FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
-- then:
ALTER TABLE event ADD CONSTRAINT event_team FOREIGN KEY (team) REFERENCES team;
--                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ all rows of `event` are checked under SHARE ROW EXCLUSIVE: writers of both tables wait
-- or:
CREATE TABLE team (id bigint PRIMARY KEY);
CREATE TABLE event (team bigint, at date) PARTITION BY RANGE (at);
CREATE TABLE event_2024 PARTITION OF event FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
-- then:
ALTER TABLE event ADD CONSTRAINT event_team FOREIGN KEY (team) REFERENCES team NOT VALID;
--                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ `event` is partitioned, and PostgreSQL before 18 refuses NOT VALID there
