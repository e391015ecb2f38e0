-- The backend of this connection, and the server that it belongs to. Only the name of a file of the
-- write-ahead log has the timeline that is written now: what pg_control_checkpoint() shows may be older.
SELECT pg_catalog.pg_backend_pid() AS pid,
       COALESCE((pg_catalog.date_part('epoch', s.backend_start) * 1000000)::bigint, 0) AS start,
       pg_catalog.pg_is_in_recovery() AS is_standby,
       (SELECT c.system_identifier FROM pg_catalog.pg_control_system() AS c)::text AS system,
       CASE WHEN NOT pg_catalog.pg_is_in_recovery()
            THEN pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_lsn()) END AS wal_file
FROM pg_catalog.pg_stat_get_activity(pg_catalog.pg_backend_pid()) AS s
