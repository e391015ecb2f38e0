UPDATE {events} AS e SET duration = w.now - e.at, work = w.now - e.at
FROM (SELECT pg_catalog.clock_timestamp() AS now) AS w
WHERE e.attempt = {attempt} AND e.action = 'rolled back';
