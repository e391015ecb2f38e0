-- Of each table and view: its kind, file and size, how often this transaction has read it as a whole,
-- and the locks that this session holds on it. A table that was dropped still has its locks.
-- $1 is the schema of the history.
SELECT oid, nspname::text, relname::text, kind, filenode, size, scans, modes
FROM (
    SELECT c.oid, nspname, relname, relkind::text AS kind, pg_relation_filenode(c.oid) AS filenode,
        pg_relation_size(c.oid::regclass) AS size, pg_stat_get_xact_numscans(c.oid) AS scans
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = relnamespace
    WHERE relkind IN ('r', 'p', 'v', 'm', 'f')
      AND nspname !~ '^pg_' AND nspname NOT IN ('information_schema', $1)
) AS tables
FULL JOIN (
    SELECT relation AS oid, array_agg(mode) AS modes
    FROM pg_locks
    WHERE pid = pg_backend_pid() AND locktype = 'relation'
    GROUP BY relation
) AS held USING (oid)
