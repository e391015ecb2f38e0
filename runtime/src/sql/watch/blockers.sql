-- Transactions that were open before our attempt began and hold locks on somebody's tables.
(SELECT {blocker}
 FROM pg_catalog.pg_stat_activity AS a
 WHERE a.pid <> pg_catalog.pg_backend_pid()
   AND a.datname = pg_catalog.current_database()
   AND a.xact_start <= pg_catalog.clock_timestamp() - pg_catalog.make_interval(secs => {waited_seconds})
   AND EXISTS (SELECT FROM pg_catalog.pg_locks AS l
               WHERE l.pid = a.pid AND l.granted AND l.locktype = 'relation' AND l.relation >= 16384)
 ORDER BY a.xact_start
 LIMIT 3)
UNION ALL
(SELECT {prepared}
 FROM pg_catalog.pg_prepared_xacts AS p
 WHERE p.database = pg_catalog.current_database()
   AND p.prepared <= pg_catalog.clock_timestamp() - pg_catalog.make_interval(secs => {waited_seconds})
   AND EXISTS (SELECT FROM pg_catalog.pg_locks AS l
               WHERE l.virtualtransaction = {virtual} AND l.pid IS NULL
                 AND l.granted AND l.locktype = 'relation' AND l.relation >= 16384)
 ORDER BY p.prepared
 LIMIT 3)
