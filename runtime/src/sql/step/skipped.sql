INSERT INTO {events} (attempt, action, version, label, reason, program, list_digest)
SELECT h.attempt, pg_catalog.concat('skipped statement ', {number}), h.version, h.label,
       pg_catalog.concat('the server does not have the extension ', {name}), {program}, {list_digest}
FROM {history} AS h WHERE {row}
