-- pgstrata: requires b
CREATE OR REPLACE VIEW a AS SELECT 1 AS one;
