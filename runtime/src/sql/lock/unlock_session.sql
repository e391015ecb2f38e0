SELECT pg_catalog.pg_advisory_unlock({key}) AS unlocked, pg_catalog.pg_backend_pid() AS pid
