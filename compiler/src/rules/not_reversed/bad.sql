CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint, note text NOT NULL);
CREATE TABLE team (id bigint PRIMARY KEY);
CREATE TABLE member (team bigint REFERENCES team, age int DEFAULT 1);
-- then:
ALTER TABLE account ADD COLUMN name text, ALTER COLUMN email TYPE text, DROP COLUMN note;
ALTER TABLE member DROP CONSTRAINT member_team_fkey, ALTER COLUMN age DROP DEFAULT;
-- its down file:
ALTER TABLE account ALTER COLUMN email TYPE varchar(10), ADD COLUMN note text;
ALTER TABLE member ADD FOREIGN KEY (team) REFERENCES team ON DELETE CASCADE, ALTER COLUMN age SET DEFAULT 2;
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ after up and down, column email of account is character varying(10), was character varying(100); column name of account is still there; column note of account is no longer NOT NULL; column age of member has the default 2, had 1; constraint member_team_fkey of member is FOREIGN KEY (team) REFERENCES team ON DELETE CASCADE, was FOREIGN KEY (team) REFERENCES team
