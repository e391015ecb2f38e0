-- Who is in the way of session $1, or of the pg_dump of this user.
SELECT b.pid,
       pg_catalog.concat_ws(', ', 'pid ' || b.pid, 'user ' || b.usename::text,
           'application ' || NULLIF(b.application_name, ''),
           'in a transaction for ' || pg_catalog.date_trunc('second', pg_catalog.clock_timestamp() - b.xact_start),
           'state ' || b.state,
           'query ' || pg_catalog.split_part(pg_catalog.btrim(b.query, E' \n\t'), E'\n', 1))
FROM (SELECT DISTINCT pg_catalog.unnest(pg_catalog.pg_blocking_pids(a.pid)) AS pid
      FROM pg_catalog.pg_stat_activity AS a
      WHERE a.pid = $1 OR a.datname = pg_catalog.current_database() AND a.usename = current_user
                          AND a.application_name = 'pg_dump') AS w
JOIN pg_catalog.pg_stat_activity AS b ON b.pid = w.pid
ORDER BY 1
