-- A role that was set may not see its own session. The same where the server does not say which one it is, or not to this role.
SELECT pg_catalog.pg_backend_pid() AS pid,
       COALESCE((pg_catalog.date_part('epoch', s.backend_start) * 1000000)::bigint, 0) AS start,
       pg_catalog.pg_is_in_recovery() AS is_standby, NULL::text AS system, NULL::text AS wal_file
FROM pg_catalog.pg_stat_get_activity(pg_catalog.pg_backend_pid()) AS s
