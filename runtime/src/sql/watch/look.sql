-- What the session does that is waited for; nothing where it is gone.
SELECT a.state
FROM pg_catalog.pg_stat_activity AS a
WHERE a.pid = {pid} AND (pg_catalog.date_part('epoch', a.backend_start) * 1000000)::bigint = {start}
