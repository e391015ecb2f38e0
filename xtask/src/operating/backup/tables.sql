-- Tables that have pages: those of $1 with all their partitions, or every one.
SELECT pg_catalog.format('%I.%I', n.nspname, c.relname), pg_catalog.pg_table_size(c.oid)
FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND pg_catalog.pg_relation_size(c.oid) > 0
  AND ($1::text[] IS NULL OR c.oid IN (
      SELECT coalesce(p.relid, t.oid)
      FROM unnest($1::text[]) AS name, pg_catalog.to_regclass(name) AS t (oid)
      LEFT JOIN LATERAL pg_catalog.pg_partition_tree(t.oid) AS p ON true))
ORDER BY 1
