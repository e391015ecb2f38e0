CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint);
-- then:
DROP TABLE account CASCADE;
--^^^^^^^^^^^^^^^^^^^^^^^^ CASCADE also drops what is not named here
