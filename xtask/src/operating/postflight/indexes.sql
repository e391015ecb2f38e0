-- Invalid ones, except those that are being built, and what REINDEX CONCURRENTLY has left; of the
-- schemas $1, where they are given.
SELECT c.oid, i.indrelid, c.relname ~ '_cc(new|old)[0-9]*$'
FROM pg_catalog.pg_index AS i
JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
WHERE (NOT i.indisvalid OR c.relname ~ '_cc(new|old)[0-9]*$')
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_progress_create_index AS p WHERE p.relid = i.indrelid)
  AND ($1::text[] IS NULL OR c.relnamespace = ANY (SELECT s.oid FROM pg_catalog.pg_namespace AS s WHERE s.nspname = ANY ($1)))
