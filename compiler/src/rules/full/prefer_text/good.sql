CREATE TABLE account (email text, name varchar, code character varying, short bigint);
-- or:
DROP TABLE account;
-- its down file:
CREATE TABLE account (email varchar(100));
