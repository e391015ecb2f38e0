-- Pairs of sessions of this database, one waiting for the other, and the table of $1 that either has to do with.
-- pg_blocking_pids() says 0 for a prepared transaction, whose locks have no pid, but the virtual
-- transaction of the one that they are in.
WITH wanted AS (
    SELECT pg_catalog.to_regclass(w.name)::oid AS oid FROM unnest($1::text[]) AS w (name)
), pairs AS (
    SELECT a.*, b.pid AS blocking, o.query AS blocking_query, NULL::text AS gid, NULL::text AS owner,
           NULL::text AS virtualtransaction
    FROM pg_catalog.pg_stat_activity AS a
    CROSS JOIN LATERAL (SELECT DISTINCT unnest(pg_catalog.pg_blocking_pids(a.pid))) AS b (pid)
    LEFT JOIN pg_catalog.pg_stat_activity AS o ON o.pid = b.pid
    WHERE b.pid <> 0
    UNION ALL
    SELECT a.*, NULL, NULL, p.gid, p.owner::text, (
              SELECT x.virtualtransaction FROM pg_catalog.pg_locks AS x
              WHERE x.pid IS NULL AND x.locktype = 'transactionid' AND x.granted AND x.transactionid = p.transaction
              LIMIT 1)
    FROM pg_catalog.pg_stat_activity AS a JOIN pg_catalog.pg_prepared_xacts AS p ON EXISTS (
        SELECT FROM pg_catalog.pg_locks AS l
        JOIN pg_catalog.pg_locks AS m ON m.pid = a.pid AND NOT m.granted AND m.locktype = l.locktype
            AND (m.database, m.relation, m.transactionid) IS NOT DISTINCT FROM (l.database, l.relation, l.transactionid)
        WHERE l.pid IS NULL AND l.granted AND l.virtualtransaction = (
              SELECT x.virtualtransaction FROM pg_catalog.pg_locks AS x
              WHERE x.pid IS NULL AND x.locktype = 'transactionid' AND x.granted AND x.transactionid = p.transaction
              LIMIT 1))
    WHERE 0 = ANY (pg_catalog.pg_blocking_pids(a.pid))
)
SELECT a.pid, a.blocking,
       (extract(epoch FROM pg_catalog.clock_timestamp() - a.query_start)::float8 + $2::float8),
       (SELECT l.relation
        FROM pg_catalog.pg_locks AS l JOIN wanted AS w ON w.oid = l.relation
        WHERE (l.pid IN (a.pid, a.blocking) OR l.pid IS NULL AND l.virtualtransaction = a.virtualtransaction)
          AND l.locktype IN ('relation', 'tuple')
        ORDER BY l.granted LIMIT 1),
       a.query, a.blocking_query, a.gid, a.owner,
       pg_catalog.format('COMMIT PREPARED %L; or ROLLBACK PREPARED %L;', a.gid, a.gid)
FROM pairs AS a
WHERE a.datname = pg_catalog.current_database() AND a.pid <> pg_catalog.pg_backend_pid()
ORDER BY 1, 2, a.gid
