SELECT CASE WHEN pg_catalog.pg_backend_pid() <> {locked_by} THEN pg_catalog.concat('pgstrata: ', 'without the lock')::pg_catalog.int4
            WHEN pg_catalog.count(*) = 2 THEN 0
            ELSE pg_catalog.concat('pgstrata: ', pg_catalog.count(*), ' guarded')::pg_catalog.int4 END
FROM pg_catalog.pg_class AS c
WHERE (c.oid = {history_text}::pg_catalog.regclass AND c.relowner = {history_owner}
       OR c.oid = {events_text}::pg_catalog.regclass AND c.relowner = {events_owner})
  AND c.relkind = 'r' AND NOT c.relispartition
  AND {no_flags}
