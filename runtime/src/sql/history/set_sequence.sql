SELECT pg_catalog.setval(pg_catalog.pg_get_serial_sequence({history_text}, 'attempt'), GREATEST((SELECT pg_catalog.max(attempt) FROM {history}), (SELECT pg_catalog.max(attempt) FROM {events})))
