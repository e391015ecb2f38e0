SELECT pg_catalog.set_config('search_path', {search_path}, false),
       pg_catalog.set_config('lock_timeout', {lock_timeout}, false),
       pg_catalog.set_config('statement_timeout', {statement_timeout}, false)
