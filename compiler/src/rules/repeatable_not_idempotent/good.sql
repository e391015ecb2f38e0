CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint);
-- in repeatable/r.sql:
CREATE OR REPLACE VIEW active_account AS SELECT * FROM account;
DROP MATERIALIZED VIEW IF EXISTS team;
CREATE MATERIALIZED VIEW team AS SELECT team FROM account;
CREATE INDEX IF NOT EXISTS team_id ON team (team);
INSERT INTO account VALUES (1) ON CONFLICT DO NOTHING;
