-- The server gives a session a lock that it has already: then another run is at work in the same session of a pool.
-- Only what gives the settings back comes after it: what fails there would leave the lock with the session.
WITH h AS MATERIALIZED (SELECT {held} AS is_held)
SELECT CASE WHEN pg_catalog.now() = pg_catalog.statement_timestamp() AND NOT h.is_held THEN {locked} END AS locked,
       h.is_held, pg_catalog.pg_backend_pid() AS pid
FROM h
