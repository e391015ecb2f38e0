GRANT SELECT ON account TO reader;
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ this changes who may do what
REVOKE ALL ON account FROM PUBLIC;
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ this changes who may do what
CREATE ROLE reader;
--^^^^^^^^^^^^^^^^ this changes who may do what
CREATE USER reader;
--^^^^^^^^^^^^^^^^ this changes who may do what
ALTER ROLE reader NOLOGIN;
--^^^^^^^^^^^^^^^^^^^^^^^ this changes who may do what
ALTER USER reader NOLOGIN;
--^^^^^^^^^^^^^^^^^^^^^^^ this changes who may do what
ALTER GROUP readers ADD USER reader;
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ this changes who may do what
DROP ROLE reader;
--^^^^^^^^^^^^^^ this changes who may do what
DROP USER reader;
--^^^^^^^^^^^^^^ this changes who may do what
DROP OWNED BY reader;
--^^^^^^^^^^^^^^^^^^ this changes who may do what
REASSIGN OWNED BY reader TO owner;
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ this changes who may do what
ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO reader;
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ this changes who may do what
