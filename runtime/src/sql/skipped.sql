INSERT INTO {events} (attempt, action, version, label, reason, program)
SELECT h.attempt, 'skipped statement ' || {number}, h.version, h.label,
       'the server does not have the extension ' || {name}, {program}
FROM {history} AS h WHERE {row}
