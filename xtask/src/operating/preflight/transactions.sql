-- Who is in a transaction, and what it holds of the tables ($1); $2 is how far the clock is put ahead.
WITH wanted AS (
    SELECT w.place, pg_catalog.to_regclass(w.name)::oid AS oid
    FROM unnest($1::text[]) WITH ORDINALITY AS w (name, place)
), held AS (
    SELECT l.pid, l.virtualtransaction, array_agg(w.place ORDER BY w.place) AS tables,
           array_agg(l.mode ORDER BY w.place) AS modes
    FROM pg_catalog.pg_locks AS l JOIN wanted AS w ON w.oid = l.relation
    WHERE l.locktype = 'relation' AND l.granted
      AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
    GROUP BY l.pid, l.virtualtransaction
)
SELECT a.pid, a.usename::text, nullif(a.application_name, ''), a.state,
       (extract(epoch FROM pg_catalog.clock_timestamp() - a.xact_start)::float8 + $2::float8),
       -- A server that keeps any bytes could not send all of them.
       CASE WHEN pg_catalog.getdatabaseencoding() = 'SQL_ASCII' AND a.query ~ '[^\x01-\x7f]'
            THEN pg_catalog.encode(pg_catalog.convert_to(a.query, 'SQL_ASCII'), 'escape') ELSE a.query END,
       coalesce(h.tables, '{}'), coalesce(h.modes, '{}')
FROM pg_catalog.pg_stat_activity AS a LEFT JOIN held AS h ON h.pid = a.pid
WHERE a.datname = pg_catalog.current_database() AND a.pid <> pg_catalog.pg_backend_pid()
  AND a.backend_type = 'client backend' AND (a.xact_start IS NOT NULL OR h.pid IS NOT NULL)
UNION ALL
SELECT NULL, p.owner::text, NULL, 'prepared',
       (extract(epoch FROM pg_catalog.clock_timestamp() - p.prepared)::float8 + $2::float8), p.gid,
       coalesce(h.tables, '{}'), coalesce(h.modes, '{}')
FROM pg_catalog.pg_prepared_xacts AS p
-- Its locks have no pid; one of them is on its own number, and has the virtual transaction of all.
LEFT JOIN held AS h ON h.pid IS NULL AND h.virtualtransaction = (
    SELECT x.virtualtransaction FROM pg_catalog.pg_locks AS x
    WHERE x.pid IS NULL AND x.locktype = 'transactionid' AND x.granted AND x.transactionid = p.transaction
    LIMIT 1)
WHERE p.database = pg_catalog.current_database()
ORDER BY 5 DESC NULLS LAST
