-- What is in the way of session $1, or of the pg_dump of this user. pg_blocking_pids() says 0 for a prepared
-- transaction, whose locks have no pid, but its virtual transaction.
WITH waits AS (
    SELECT a.pid FROM pg_catalog.pg_stat_activity AS a
    WHERE a.pid = $1 OR a.datname = pg_catalog.current_database() AND a.usename = current_user
                        AND a.application_name = 'pg_dump'
)
SELECT pg_catalog.concat_ws(', ', 'pid ' || b.pid, 'user ' || b.usename::text,
           'application ' || NULLIF(b.application_name, ''),
           'in a transaction for ' || pg_catalog.date_trunc('second', pg_catalog.clock_timestamp() - b.xact_start),
           'state ' || b.state,
           'query ' || pg_catalog.split_part(pg_catalog.btrim(b.query, E' \n\t'), E'\n', 1)) AS who,
       pg_catalog.concat('pid ', b.pid) AS name
FROM (SELECT DISTINCT pg_catalog.unnest(pg_catalog.pg_blocking_pids(waits.pid)) AS pid FROM waits) AS w
JOIN pg_catalog.pg_stat_activity AS b ON b.pid = w.pid
UNION ALL
SELECT pg_catalog.format('the prepared transaction %L of user %s, prepared at %s; only this ends it: '
                         'COMMIT PREPARED %1$L or ROLLBACK PREPARED %1$L', p.gid, p.owner, p.prepared),
       pg_catalog.concat('prepared ', p.gid)
FROM pg_catalog.pg_prepared_xacts AS p
WHERE EXISTS (
    SELECT FROM pg_catalog.pg_locks AS l
    JOIN pg_catalog.pg_locks AS m ON m.locktype = l.locktype AND NOT m.granted
        AND (m.database, m.relation, m.transactionid) IS NOT DISTINCT FROM (l.database, l.relation, l.transactionid)
    JOIN waits ON waits.pid = m.pid AND 0 = ANY (pg_catalog.pg_blocking_pids(waits.pid))
    WHERE l.pid IS NULL AND l.granted AND l.virtualtransaction = (
              SELECT x.virtualtransaction FROM pg_catalog.pg_locks AS x
              WHERE x.pid IS NULL AND x.locktype = 'transactionid' AND x.granted AND x.transactionid = p.transaction
              LIMIT 1))
ORDER BY 2
