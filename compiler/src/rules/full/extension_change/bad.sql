ALTER EXTENSION postgis UPDATE;
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^ this changes an extension that others may use
DROP EXTENSION hstore;
--^^^^^^^^^^^^^^^^^^^ this changes an extension that others may use
