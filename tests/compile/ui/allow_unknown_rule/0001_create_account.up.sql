-- pgstrata: allow psql-varable: it is an array slice
SELECT 1;
