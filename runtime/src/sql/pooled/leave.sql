-- RESET ALL of a script resets what the transaction has noted, and the search path.
SET LOCAL search_path = pg_catalog, pg_temp;
SELECT pg_catalog.set_config('session_authorization', NULLIF(pg_catalog.current_setting('pgstrata.entry_user'), ''), false), pg_catalog.set_config('role', NULLIF(pg_catalog.current_setting('pgstrata.entry_role'), ''), false), pg_catalog.set_config('search_path', CASE WHEN pg_catalog.current_setting('pgstrata.entry_role') <> '' THEN pg_catalog.current_setting('pgstrata.entry_path') END, false);
