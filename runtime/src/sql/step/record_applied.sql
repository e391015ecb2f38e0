INSERT INTO {events} (attempt, action, version, label, duration, reason, program, list_digest, work)
SELECT h.attempt, {action}, h.version, h.label, w.now - h.applied_at, {reason}, {program}, {list_digest}, w.now - h.applied_at
FROM {history} AS h, (SELECT pg_catalog.clock_timestamp() AS now) AS w
WHERE {row};
