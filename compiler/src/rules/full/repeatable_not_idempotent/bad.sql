CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint);
-- in repeatable/r.sql:
CREATE VIEW active_account AS SELECT * FROM account;
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ `active_account` will be there the second time
CREATE MATERIALIZED VIEW team AS SELECT team FROM account;
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ `team` will be there the second time
CREATE INDEX team_id ON team (team);
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ `team_id` will be there the second time
INSERT INTO account VALUES (1);
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^ `account` will have these rows the second time
DROP VIEW IF EXISTS other;
DROP TABLE IF EXISTS known;
DELETE FROM team;
CREATE VIEW known AS SELECT 1;
--^^^^^^^^^^^^^^^^^^^^^^^^^^^ `known` will be there the second time
CREATE TABLE scratch (id bigint);
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ `scratch` will be there the second time
