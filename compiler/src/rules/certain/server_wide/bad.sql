ALTER DATABASE shop SET timezone TO 'UTC';
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ `ALTER DATABASE` reaches beyond this database
CREATE DATABASE shop;
--^^^^^^^^^^^^^^^^^^ `CREATE DATABASE` reaches beyond this database
DROP DATABASE shop;
--^^^^^^^^^^^^^^^^ `DROP DATABASE` reaches beyond this database
CREATE TABLESPACE fast LOCATION '/fast';
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ `CREATE TABLESPACE` reaches beyond this database
DROP TABLESPACE fast;
--^^^^^^^^^^^^^^^^^^ `DROP TABLESPACE` reaches beyond this database
ALTER SYSTEM SET work_mem = '1GB';
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ `ALTER SYSTEM` reaches beyond this database
