NOT (c.relhastriggers AND EXISTS (SELECT FROM pg_catalog.pg_trigger AS t WHERE t.tgrelid = c.oid))
  AND NOT (c.relhasrules AND EXISTS (SELECT FROM pg_catalog.pg_rewrite AS r WHERE r.ev_class = c.oid))
  AND NOT (c.relhassubclass AND EXISTS (SELECT FROM pg_catalog.pg_inherits AS i WHERE i.inhparent = c.oid))
  AND NOT (c.relrowsecurity AND pg_catalog.row_security_active(c.oid))
