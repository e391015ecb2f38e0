-- The last of its message: what fails after it would leave the lock with the session.
SELECT CASE WHEN pg_catalog.now() = pg_catalog.statement_timestamp() THEN {locked} END AS locked,
       pg_catalog.pg_backend_pid() AS pid
