SELECT CASE WHEN pg_catalog.count(*) = 2 THEN 0
            ELSE pg_catalog.concat('pgstrata: ', pg_catalog.count(*), ' guarded')::pg_catalog.int4 END
FROM pg_catalog.pg_class AS c
WHERE (c.oid = {history_text}::pg_catalog.regclass AND c.relowner = {history_owner}
       OR c.oid = {events_text}::pg_catalog.regclass AND c.relowner = {events_owner})
  AND c.relkind = 'r' AND NOT c.relispartition
  -- These flags may outlive what they stand for.
  AND NOT (c.relhastriggers AND EXISTS (SELECT FROM pg_catalog.pg_trigger AS t WHERE t.tgrelid = c.oid))
  AND NOT (c.relhasrules AND EXISTS (SELECT FROM pg_catalog.pg_rewrite AS r WHERE r.ev_class = c.oid))
  AND NOT (c.relhassubclass AND EXISTS (SELECT FROM pg_catalog.pg_inherits AS i WHERE i.inhparent = c.oid))
  AND NOT (c.relrowsecurity AND pg_catalog.row_security_active(c.oid))
