SELECT pg_catalog.set_config('role', pg_catalog.substr(
           NULLIF(pg_catalog.current_setting('pgstrata.role', true), ''), 2), false),
       pg_catalog.set_config('search_path', pg_catalog.substr(
           NULLIF(pg_catalog.current_setting('pgstrata.search_path', true), ''), 2), false);
