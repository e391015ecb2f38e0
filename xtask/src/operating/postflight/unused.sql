-- Those that only serve queries, of at least $1 bytes; of the schemas $2, where they are given.
SELECT s.indexrelid, s.relid,
       pg_catalog.pg_relation_size(s.indexrelid)
FROM pg_catalog.pg_stat_user_indexes AS s JOIN pg_catalog.pg_index AS i USING (indexrelid)
WHERE s.idx_scan = 0 AND NOT i.indisunique AND NOT i.indisexclusion
  AND pg_catalog.pg_relation_size(s.indexrelid) >= $1
  AND ($2::text[] IS NULL OR s.schemaname = ANY ($2))
