-- What the script made when it was applied last, for the row that replaces this one.
SELECT pg_catalog.set_config('pgstrata.stood', h.down_targets::text, true) FROM {history} AS h WHERE {row};
