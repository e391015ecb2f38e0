SELECT {blocker}
FROM pg_catalog.unnest(pg_catalog.pg_blocking_pids({pid})) AS b
JOIN pg_catalog.pg_stat_activity AS a ON a.pid = b
