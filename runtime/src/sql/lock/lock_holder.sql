-- Behind a pooler the lock is a transaction's, and a file may have prepared that.
WITH held AS (
    SELECT l.pid, l.virtualtransaction FROM pg_catalog.pg_locks AS l
    WHERE l.locktype = 'advisory' AND l.granted AND l.mode = 'ExclusiveLock' AND l.objsubid = 1
      AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
      AND ((l.classid::bigint << 32) | l.objid::bigint) = {key}
)
SELECT {blocker}
FROM held AS l JOIN pg_catalog.pg_stat_activity AS a ON a.pid = l.pid
UNION ALL
SELECT {prepared}
FROM held AS l
JOIN pg_catalog.pg_prepared_xacts AS p
    ON l.pid IS NULL AND l.virtualtransaction = {virtual}
