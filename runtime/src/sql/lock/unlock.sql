-- Gives the lock back in the session for which that holds.
SELECT pg_catalog.pg_backend_pid() AS pid, CASE WHEN {is_here} THEN pg_catalog.pg_advisory_unlock({key}) END AS unlocked
