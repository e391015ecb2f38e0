CREATE EXTENSION hstore;
COMMENT ON EXTENSION hstore IS 'alter extension';
-- its down file:
DROP EXTENSION hstore;
