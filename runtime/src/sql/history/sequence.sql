-- Where the sequence of the attempts has given fewer numbers than the tables hold: the next one would be
-- there already. Who may not look at the sequence is not told.
SELECT s.last, n.newest
FROM (SELECT pg_catalog.pg_get_serial_sequence({history_text}, 'attempt')::pg_catalog.regclass) AS q (oid)
CROSS JOIN LATERAL (SELECT COALESCE(pg_catalog.pg_sequence_last_value(q.oid), 0) AS last
                    WHERE pg_catalog.has_sequence_privilege(q.oid, 'USAGE, SELECT')) AS s
CROSS JOIN LATERAL (SELECT GREATEST((SELECT pg_catalog.max(attempt) FROM {history}), (SELECT pg_catalog.max(attempt) FROM {events})) AS newest) AS n
WHERE s.last < n.newest
