-- What stands in the way of whoever wants more of a table than to read it or to lock rows: a lock
-- on all tables but those that the session $1 has locked against this, or waits for. On those that
-- it has locked, and others may read, a lock that only makes it wait where it waits for all who use
-- a table, as DETACH PARTITION CONCURRENTLY does between its transactions.
-- $2 is the schema of the history.
WITH own AS (
    SELECT relation, bool_or(mode NOT IN ('AccessShareLock', 'RowShareLock', 'ShareLock')) AS is_held,
        bool_or(mode = 'AccessExclusiveLock' OR NOT granted) AS is_closed
    FROM pg_locks WHERE pid = $1 AND locktype = 'relation'
    GROUP BY relation
), tables AS (
    SELECT 'ONLY ' || c.oid::regclass AS name, c.oid, coalesce(is_held, false) AS is_held,
        coalesce(is_closed, false) AS is_closed
    FROM pg_class AS c
    JOIN pg_namespace AS n ON n.oid = relnamespace
    LEFT JOIN own ON relation = c.oid
    WHERE relkind IN ('r', 'p') AND nspname !~ '^pg_' AND nspname NOT IN ('information_schema', $2)
)
SELECT concat_ws('; ',
    'LOCK TABLE ' || string_agg(name, ', ' ORDER BY oid) FILTER (WHERE NOT is_held AND NOT is_closed)
        || ' IN SHARE MODE',
    'LOCK TABLE ' || string_agg(name, ', ' ORDER BY oid) FILTER (WHERE is_held AND NOT is_closed)
        || ' IN ACCESS SHARE MODE')
FROM tables
