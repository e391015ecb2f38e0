CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint);
-- then:
DROP SCHEMA audit CASCADE;
--^^^^^^^^^^^^^^^^^^^^^^^ CASCADE also drops what is not named here
CREATE TABLE scratch (id bigint);
DROP TABLE scratch, account CASCADE;
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ CASCADE also drops what is not named here
-- or:
CREATE SEQUENCE number;
CREATE TABLE account (id bigint DEFAULT nextval('public.number'));
-- then:
DROP SEQUENCE number CASCADE;
--^^^^^^^^^^^^^^^^^^^^^^^^^^ CASCADE also drops what is not named here
-- or:
CREATE TABLE account (id bigint);
-- then:
CREATE TABLE scratch (id bigint);
-- its down file:
DROP TABLE account, scratch CASCADE;
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ CASCADE also drops what is not named here
