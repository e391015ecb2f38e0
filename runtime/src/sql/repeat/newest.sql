-- The transaction that claimed the row, and the newest one within it: those of blocks with EXCEPTION clauses
-- lie between them.
SELECT pg_catalog.set_config('pgstrata.made_since', h.xmin::text, true) FROM {history} AS h WHERE {row};
SAVEPOINT pgstrata_newest;
UPDATE {history} AS h SET label = h.label WHERE {row};
RELEASE SAVEPOINT pgstrata_newest;
