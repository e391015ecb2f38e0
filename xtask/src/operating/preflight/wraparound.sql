-- The age of the database, and vacuums of these tables that were started against wraparound.
SELECT pg_catalog.age(datfrozenxid)::bigint, NULL::integer, NULL::oid
FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()
UNION ALL
SELECT NULL, p.pid, p.relid
FROM pg_catalog.pg_stat_progress_vacuum AS p JOIN pg_catalog.pg_stat_activity AS a ON a.pid = p.pid
-- autovacuum.c: autovac_report_activity
WHERE p.datname = pg_catalog.current_database() AND a.query LIKE 'autovacuum:%(to prevent wraparound)'
  AND p.relid IN (SELECT pg_catalog.to_regclass(w.name)::oid FROM unnest($1::text[]) AS w (name))
