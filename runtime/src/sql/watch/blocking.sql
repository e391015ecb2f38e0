-- What session {pid} waits for. pg_blocking_pids() says 0 for a prepared transaction, whose locks have no
-- pid; one of them is on its own number, and has the virtual transaction of all.
WITH waiting AS (
    SELECT l.* FROM pg_catalog.pg_locks AS l WHERE l.pid = {pid} AND NOT l.granted
), conflict AS (
    -- https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-TABLES
    SELECT c.wanted, pg_catalog.unnest(c.held) AS held
    FROM (VALUES
        ('AccessShareLock', '{AccessExclusiveLock}'::text[]),
        ('RowShareLock', '{ExclusiveLock,AccessExclusiveLock}'),
        ('RowExclusiveLock', '{ShareLock,ShareRowExclusiveLock,ExclusiveLock,AccessExclusiveLock}'),
        ('ShareUpdateExclusiveLock', '{ShareUpdateExclusiveLock,ShareLock,ShareRowExclusiveLock,ExclusiveLock,AccessExclusiveLock}'),
        ('ShareLock', '{RowExclusiveLock,ShareUpdateExclusiveLock,ShareRowExclusiveLock,ExclusiveLock,AccessExclusiveLock}'),
        ('ShareRowExclusiveLock', '{RowExclusiveLock,ShareUpdateExclusiveLock,ShareLock,ShareRowExclusiveLock,ExclusiveLock,AccessExclusiveLock}'),
        ('ExclusiveLock', '{RowShareLock,RowExclusiveLock,ShareUpdateExclusiveLock,ShareLock,ShareRowExclusiveLock,ExclusiveLock,AccessExclusiveLock}'),
        ('AccessExclusiveLock', '{AccessShareLock,RowShareLock,RowExclusiveLock,ShareUpdateExclusiveLock,ShareLock,ShareRowExclusiveLock,ExclusiveLock,AccessExclusiveLock}')
    ) AS c (wanted, held)
)
SELECT {blocker}
FROM (SELECT DISTINCT pg_catalog.unnest(pg_catalog.pg_blocking_pids({pid})) AS pid) AS b
JOIN pg_catalog.pg_stat_activity AS a ON a.pid = b.pid
UNION ALL
SELECT {prepared}
FROM pg_catalog.pg_prepared_xacts AS p
WHERE EXISTS (
    SELECT FROM pg_catalog.pg_locks AS l
    JOIN waiting AS w ON l.locktype = w.locktype
        AND (l.database, l.relation, l.page, l.tuple, l.virtualxid, l.transactionid, l.classid, l.objid, l.objsubid)
            IS NOT DISTINCT FROM
            (w.database, w.relation, w.page, w.tuple, w.virtualxid, w.transactionid, w.classid, w.objid, w.objsubid)
    JOIN conflict AS c ON c.wanted = w.mode AND c.held = l.mode
    WHERE l.pid IS NULL AND l.granted
      AND l.virtualtransaction = {virtual})
UNION ALL
-- A concurrent build waits for one old snapshot of its database after the other: also for these, then.
SELECT {blocker}
FROM pg_catalog.pg_stat_activity AS a
JOIN pg_catalog.pg_stat_activity AS me ON me.pid = {pid}
WHERE EXISTS (SELECT FROM waiting AS w WHERE w.locktype = 'virtualxid')
  AND a.datname = me.datname AND a.pid <> me.pid
  AND a.backend_xmin IS NOT NULL AND a.xact_start < me.xact_start
  AND a.pid <> ALL (pg_catalog.pg_blocking_pids({pid}))
