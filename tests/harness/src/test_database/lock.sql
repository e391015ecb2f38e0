SELECT pg_catalog.pg_advisory_lock(pg_catalog.hashtextextended('pgstrata template', 0))
