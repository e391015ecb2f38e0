INSERT INTO {events} (attempt, action, version, label, duration, reason, program, list_digest, work, statement_work, statement_rows)
SELECT h.attempt, {action}, h.version, h.label, w.work, {reason}, {program}, {list_digest}, w.work, h.statement_work, h.statement_rows
FROM {history} AS h,
     -- Of a script that was interrupted, what its statements took; not the time between.
     LATERAL (SELECT COALESCE((SELECT pg_catalog.sum(s.work) FROM pg_catalog.unnest(h.statement_work) AS s (work)),
                              pg_catalog.clock_timestamp() - h.applied_at) AS work) AS w
WHERE {row};
