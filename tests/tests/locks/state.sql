SELECT oid, name, filenode, size, rows_read, modes
FROM (
    SELECT oid, pg_relation_filenode(oid) AS filenode, pg_relation_size(oid::regclass) AS size,
        pg_stat_get_xact_tuples_returned(oid) AS rows_read,
        CASE relnamespace::regnamespace::text WHEN 'public' THEN '' ELSE 'other.' END || relname AS name
    FROM pg_class
    WHERE relkind IN ('r', 'p', 'v', 'm', 'f')
        AND relnamespace::regnamespace::text IN ('public', 'other')
) AS tables
FULL JOIN (
    SELECT relation AS oid, string_agg(mode, ' ') AS modes
    FROM pg_locks
    WHERE pid = pg_backend_pid() AND locktype = 'relation'
    GROUP BY relation
) AS held USING (oid)
