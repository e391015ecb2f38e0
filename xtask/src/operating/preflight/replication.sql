-- Standbys with how far they are behind, slots without a reader, and whether commits wait for nobody.
WITH here AS (
    SELECT CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_receive_lsn()
                ELSE pg_catalog.pg_current_wal_lsn() END AS lsn
)
SELECT 'standby', coalesce(nullif(r.application_name, ''), r.pid::text),
       pg_catalog.pg_wal_lsn_diff(here.lsn, r.replay_lsn)::bigint, r.state
FROM pg_catalog.pg_stat_replication AS r CROSS JOIN here
UNION ALL
SELECT 'slot', s.slot_name, pg_catalog.pg_wal_lsn_diff(here.lsn, s.restart_lsn)::bigint, s.wal_status
FROM pg_catalog.pg_replication_slots AS s CROSS JOIN here
WHERE NOT s.active AND s.restart_lsn IS NOT NULL
UNION ALL
-- What a slot needs of old rows, no vacuum removes.
SELECT 'old rows', s.slot_name, greatest(pg_catalog.age(s.xmin), pg_catalog.age(s.catalog_xmin))::bigint,
       CASE WHEN s.active THEN 'active' ELSE 'inactive' END
FROM pg_catalog.pg_replication_slots AS s
WHERE s.xmin IS NOT NULL OR s.catalog_xmin IS NOT NULL
UNION ALL
SELECT 'nobody confirms', pg_catalog.current_setting('synchronous_standby_names'), NULL, NULL
WHERE pg_catalog.current_setting('synchronous_standby_names') <> ''
  AND pg_catalog.current_setting('synchronous_commit') NOT IN ('local', 'off')
  AND NOT pg_catalog.pg_is_in_recovery()
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_replication WHERE sync_state IN ('sync', 'quorum'))
