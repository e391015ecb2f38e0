-- pgstrata: code super::hash
SELECT 1;
