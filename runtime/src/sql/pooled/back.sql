SELECT pg_catalog.set_config('search_path', CASE WHEN pg_catalog.current_setting('pgstrata.entry_role') <> '' THEN pg_catalog.current_setting('pgstrata.entry_path') END, true);
