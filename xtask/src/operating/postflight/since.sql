-- Since when the server counts: it begins anew after a crash, too.
SELECT pg_catalog.to_char(coalesce(stats_reset, pg_catalog.pg_postmaster_start_time()) AT TIME ZONE 'UTC',
                          'YYYY-MM-DD"T"HH24:MI:SS"Z"')
FROM pg_catalog.pg_stat_database WHERE datname = pg_catalog.current_database()
