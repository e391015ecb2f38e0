SELECT pg_catalog.set_config('search_path', pg_catalog.current_setting('pgstrata.search_path'), true),
       pg_catalog.set_config('row_security', pg_catalog.current_setting('pgstrata.row_security'), true),
       pg_catalog.set_config('quote_all_identifiers', pg_catalog.current_setting('pgstrata.quote_all_identifiers'), true),
       pg_catalog.set_config('lock_timeout', pg_catalog.current_setting('pgstrata.lock_timeout'), true),
       pg_catalog.set_config('statement_timeout', pg_catalog.current_setting('pgstrata.statement_timeout'), true)
