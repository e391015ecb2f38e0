CREATE SCHEMA audit;
-- then:
DROP SCHEMA audit;
--^^^^^^^^^^^^^^^ this drops a schema that was there before
