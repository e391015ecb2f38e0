CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint);
-- then:
ALTER TABLE account ADD COLUMN name text;
CREATE TABLE team (id bigint);
-- its down file:
DROP TABLE team;
--^^^^^^^^^^^^^ after up and down, column name of account is still there
