-- Where this is the session that took the lock.
SELECT pg_catalog.pg_backend_pid() = {pid} AS is_there,
       CASE WHEN pg_catalog.pg_backend_pid() = {pid} THEN pg_catalog.pg_advisory_unlock({key}) END AS unlocked
