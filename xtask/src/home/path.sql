-- Where names without a schema lead: the first schema of the path that is there, or else the path as it is
-- written, and all that are there, as they are written elsewhere. Sent with the session's path, so nothing
-- here may be looked up along it.
SELECT pg_catalog.current_schema()::pg_catalog.text, pg_catalog.current_setting('search_path'), pg_catalog.array_agg(pg_catalog.quote_ident(s.name))
FROM pg_catalog.unnest(pg_catalog.current_schemas(false)::pg_catalog.text[]) AS s (name)
