-- pgstrata: optional
CREATE EXTENSION pg_trgm;
