-- Transactions whose locks on the history's tables keep others out.
WITH held AS (
    SELECT l.pid, l.virtualtransaction FROM pg_catalog.pg_locks AS l
    WHERE l.granted AND l.locktype = 'relation'
      AND l.database = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database())
      AND (l.relation IN (pg_catalog.to_regclass({history_text}), pg_catalog.to_regclass({events_text}),
                          pg_catalog.to_regclass({failures_text}))
           -- A table of this name that is not committed yet has no name for us.
           OR l.mode = 'AccessExclusiveLock' AND pg_catalog.to_regclass({history_text}) IS NULL)
    UNION ALL
    -- Nor has a schema, on which nobody has a lock: whoever has written may have made it.
    SELECT l.pid, l.virtualtransaction FROM pg_catalog.pg_locks AS l
    WHERE l.granted AND l.locktype = 'transactionid' AND l.mode = 'ExclusiveLock'
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_namespace AS n WHERE n.nspname = {schema_text})
)
(SELECT {blocker}
 FROM pg_catalog.pg_stat_activity AS a
 WHERE a.pid <> pg_catalog.pg_backend_pid() AND a.datname = pg_catalog.current_database()
   AND EXISTS (SELECT FROM held AS l WHERE l.pid = a.pid)
 ORDER BY a.xact_start
 LIMIT 3)
UNION ALL
(SELECT {prepared}
 FROM pg_catalog.pg_prepared_xacts AS p
 WHERE p.database = pg_catalog.current_database()
   AND EXISTS (SELECT FROM held AS l
               WHERE l.pid IS NULL AND l.virtualtransaction = {virtual})
 ORDER BY p.prepared
 LIMIT 3)
