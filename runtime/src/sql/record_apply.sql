INSERT INTO {events} (attempt, action, version, label, duration, program)
SELECT h.attempt, 'applied', h.version, h.label, pg_catalog.clock_timestamp() - h.applied_at, h.program
FROM {history} AS h WHERE h.version = {version};
