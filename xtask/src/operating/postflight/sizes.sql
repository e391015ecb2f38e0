-- Tables with what is stored beside their rows, materialized views and indexes; of the schemas $1,
-- where they are given.
SELECT c.oid,
       CASE WHEN c.relkind = 'i' THEN pg_catalog.pg_relation_size(c.oid) ELSE pg_catalog.pg_table_size(c.oid) END
FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'm', 'i') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND ($1::text[] IS NULL OR n.nspname = ANY ($1))
