'session' AS kind, a.pid, a.usename::text AS who, a.application_name AS application,
       pg_catalog.date_trunc('second', a.backend_start)::text AS since, a.state, a.query,
       pg_catalog.date_trunc('second', pg_catalog.clock_timestamp() - a.xact_start)::text AS transaction_age,
       (SELECT r.slot_name::text FROM pg_catalog.pg_replication_slots AS r WHERE r.active_pid = a.pid LIMIT 1) AS name,
       a.datname::text AS database
