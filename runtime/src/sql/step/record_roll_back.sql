UPDATE {events} AS e SET duration = w.work, work = w.work, statement_work = w.statement_work, statement_rows = w.statement_rows
FROM (SELECT COALESCE((SELECT pg_catalog.sum(s.work) FROM pg_catalog.unnest(h.statement_work) AS s (work)),
                      pg_catalog.clock_timestamp() - b.at) AS work, h.statement_work, h.statement_rows
      FROM {history} AS h JOIN {events} AS b ON b.attempt = h.attempt AND b.action = 'rolled back'
      WHERE h.version = {version} AND h.attempt = {attempt}) AS w
WHERE e.attempt = {attempt} AND e.action = 'rolled back';
DELETE FROM {history} WHERE version = {version} AND attempt = {attempt};
