-- pgstrata: allow psql-variable: there was one
BEGIN;
