-- Sessions whose locks on the history's tables keep others out.
SELECT {blocker}
FROM pg_catalog.pg_stat_activity AS a
WHERE a.pid <> pg_catalog.pg_backend_pid()
  AND EXISTS (
      SELECT FROM pg_catalog.pg_locks AS l
      WHERE l.pid = a.pid AND l.granted AND l.locktype = 'relation'
        AND l.database = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database())
        AND (l.relation IN (pg_catalog.to_regclass({history_text}), pg_catalog.to_regclass({events_text}),
                            pg_catalog.to_regclass({failures_text}))
             -- A table of this name that is not committed yet has no name for us.
             OR l.mode = 'AccessExclusiveLock' AND pg_catalog.to_regclass({history_text}) IS NULL))
ORDER BY a.xact_start
LIMIT 3
