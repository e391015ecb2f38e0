-- The path as it is written, and all schemas of it that are there, by their names and as they are written
-- elsewhere. Sent with the session's path, so nothing here may be looked up along it.
SELECT pg_catalog.current_setting('search_path'), pg_catalog.array_agg(s.name), pg_catalog.array_agg(pg_catalog.quote_ident(s.name))
FROM pg_catalog.unnest(pg_catalog.current_schemas(false)::pg_catalog.text[]) AS s (name)
