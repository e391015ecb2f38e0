SELECT pg_catalog.set_config('role', pg_catalog.current_setting('pgstrata.entry_role'), false), pg_catalog.set_config('search_path', pg_catalog.current_setting('pgstrata.entry_path'), false);
