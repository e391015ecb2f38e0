-- pgstrata: requires a
CREATE OR REPLACE VIEW c AS SELECT 1 AS one;
