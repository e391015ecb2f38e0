SELECT pg_catalog.set_config('search_path', pg_catalog.current_setting('pgstrata.entry_path'), true);
