SELECT n.name FROM unnest($1::text[]) AS n (name) WHERE pg_catalog.to_regclass(n.name) IS NULL
