-- Ends all sessions of these databases; RENAME waits some seconds until they are gone.
SELECT pg_catalog.pg_terminate_backend(a.pid) FROM pg_catalog.pg_stat_activity AS a
WHERE a.datname = ANY ($1) AND a.pid <> pg_catalog.pg_backend_pid()
