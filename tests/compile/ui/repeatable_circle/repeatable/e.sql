-- pgstrata: requires d, 0009
CREATE OR REPLACE VIEW e AS SELECT 1 AS one;
