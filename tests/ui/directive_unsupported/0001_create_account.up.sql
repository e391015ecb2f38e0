-- pgstrata: phase expand
SELECT 1;
