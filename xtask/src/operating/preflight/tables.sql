-- Which of the names $1 lead nowhere along the session's path, as the migrations will look for them;
-- so nothing here may be looked up along it.
SELECT n.name FROM pg_catalog.unnest($1::pg_catalog.text[]) AS n (name) WHERE pg_catalog.to_regclass(n.name) IS NULL
