-- Which tables the names $1 lead to along the session's path, as the migrations will look for them; so
-- nothing here may be looked up along it.
SELECT n.place, pg_catalog.to_regclass(n.name)::pg_catalog.oid
FROM pg_catalog.unnest($1::pg_catalog.text[]) WITH ORDINALITY AS n (name, place)
