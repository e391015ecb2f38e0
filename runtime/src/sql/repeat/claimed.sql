COALESCE(NULLIF(pg_catalog.current_setting('pgstrata.stood', true), ''), '{}')::text[]
