CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint);
-- then:
DROP SCHEMA audit CASCADE;
--^^^^^^^^^^^^^^^^^^^^^^^ CASCADE also drops what is not named here
CREATE TABLE scratch (id bigint);
DROP TABLE scratch, account CASCADE;
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ CASCADE also drops what is not named here
