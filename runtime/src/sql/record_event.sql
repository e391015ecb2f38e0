INSERT INTO {events} (attempt, action, version, label, duration, reason, program)
SELECT h.attempt, {action}, h.version, h.label, pg_catalog.clock_timestamp() - h.applied_at, {reason}, {program}
FROM {history} AS h WHERE {row};
