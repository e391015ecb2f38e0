-- The session of a connection that was lost keeps the lock for as long as the server does not notice.
-- One that is still at work is left to come to its end, unless it was given up.
SELECT pg_catalog.pg_terminate_backend(a.pid)
FROM pg_catalog.pg_stat_activity AS a
WHERE a.pid = {pid} AND (pg_catalog.date_part('epoch', a.backend_start) * 1000000)::bigint = {start}
  AND ({is_given_up} OR a.state LIKE 'idle%')
