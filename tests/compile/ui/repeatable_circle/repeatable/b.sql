-- pgstrata: requires c
CREATE OR REPLACE VIEW b AS SELECT 1 AS one;
