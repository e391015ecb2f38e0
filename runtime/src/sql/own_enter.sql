SELECT pg_catalog.set_config('pgstrata.search_path', pg_catalog.current_setting('search_path'), true),
       pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true),
       pg_catalog.set_config('pgstrata.row_security', pg_catalog.current_setting('row_security'), true),
       pg_catalog.set_config('row_security', 'off', true),
       pg_catalog.set_config('pgstrata.lock_timeout', pg_catalog.current_setting('lock_timeout'), true),
       pg_catalog.set_config('lock_timeout', '{lock_timeout}', true),
       pg_catalog.set_config('pgstrata.statement_timeout', pg_catalog.current_setting('statement_timeout'), true),
       pg_catalog.set_config('statement_timeout', '{statement_timeout}', true)
