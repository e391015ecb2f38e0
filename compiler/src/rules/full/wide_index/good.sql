CREATE UNIQUE INDEX account_all ON account (id, email, name, team);
CREATE INDEX account_some ON account (id, lower(email, 'C', 1), team) INCLUDE (name);
CREATE TABLE wide (a int, b int, c int, d int);
-- its down file:
CREATE INDEX account_all ON account (id, email, name, team);
