-- Invalid ones, but for those that are being built, and what REINDEX CONCURRENTLY has left.
SELECT c.oid, i.indrelid, c.relname ~ '_cc(new|old)[0-9]*$'
FROM pg_catalog.pg_index AS i
JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
WHERE (NOT i.indisvalid OR c.relname ~ '_cc(new|old)[0-9]*$')
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_progress_create_index AS p WHERE p.relid = i.indrelid)
