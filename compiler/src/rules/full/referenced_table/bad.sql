CREATE TABLE team (id bigint PRIMARY KEY);
CREATE TABLE account (id bigint PRIMARY KEY, team bigint REFERENCES team);
-- then:
DROP TABLE team;
--^^^^^^^^^^^^^ constraint account_team_fkey of account still leads here
