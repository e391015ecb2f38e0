-- The search path of a session that has set none. Nobody can capture anything here.
SET LOCAL search_path TO DEFAULT;
SELECT pg_catalog.current_setting('search_path') AS default_path;
SET LOCAL search_path = pg_catalog, pg_temp
