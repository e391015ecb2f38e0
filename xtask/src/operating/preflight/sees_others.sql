-- Whether there is somebody else whose activity is hidden.
SELECT pg_catalog.pg_has_role('pg_read_all_stats', 'USAGE') OR NOT EXISTS (
    SELECT FROM pg_catalog.pg_stat_activity AS a
    WHERE a.datname = pg_catalog.current_database() AND a.backend_type IS NULL AND a.usename IS NOT NULL)
