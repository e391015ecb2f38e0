-- Pairs of sessions of this database, one waiting for the other, and the table of $1 that either has to do with.
WITH wanted AS (
    SELECT pg_catalog.to_regclass(w.name)::oid AS oid FROM unnest($1::text[]) AS w (name)
)
SELECT a.pid, b.pid,
       (extract(epoch FROM pg_catalog.clock_timestamp() - a.query_start)::float8 + $2::float8),
       (SELECT l.relation
        FROM pg_catalog.pg_locks AS l JOIN wanted AS w ON w.oid = l.relation
        WHERE l.pid IN (a.pid, b.pid) AND l.locktype IN ('relation', 'tuple')
        ORDER BY l.granted LIMIT 1),
       a.query, (SELECT o.query FROM pg_catalog.pg_stat_activity AS o WHERE o.pid = b.pid)
FROM pg_catalog.pg_stat_activity AS a
CROSS JOIN LATERAL (SELECT DISTINCT unnest(pg_catalog.pg_blocking_pids(a.pid))) AS b (pid)
WHERE a.datname = pg_catalog.current_database() AND a.pid <> pg_catalog.pg_backend_pid()
ORDER BY 1, 2
