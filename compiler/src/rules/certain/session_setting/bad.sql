SET search_path TO audit;
--^^^^^^^^^^^^^^^^^^^^^^ this changes `search_path` for the rest of the session
-- or:
RESET ROLE;
--^^^^^^^^ this changes `role` for the rest of the session
-- or:
RESET ALL;
--^^^^^^^ this changes all settings for the rest of the session
-- or:
DISCARD ALL;
--^^^^^^^^^ `DISCARD ALL` gives the migration lock away in the middle of a run
-- or:
SELECT pg_advisory_unlock_all();
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ `pg_advisory_unlock_all` gives the migration lock away in the middle of a run
-- or:
SET LOCAL client_encoding = 'LATIN1';
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ this changes how the server reads what it is sent
-- or:
SET NAMES 'UTF8';
--^^^^^^^^^^^^^^ this changes how the server reads what it is sent
-- or:
SELECT set_config('client_encoding', 'UTF8', true);
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ this changes how the server reads what it is sent
-- or:
SET LOCAL standard_conforming_strings = off;
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ this changes how the server reads what it is sent
-- or:
RESET work_mem;
--^^^^^^^^^^^^ this changes `work_mem` for the rest of the session
SET work_mem = '1GB';
--^^^^^^^^^^^^^^^^^^ this changes `work_mem` for the rest of the session
