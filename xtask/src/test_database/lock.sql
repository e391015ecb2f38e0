SELECT pg_advisory_lock(hashtextextended('pgstrata template', 0))
