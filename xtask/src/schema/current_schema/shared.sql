-- Of the schemas $1 those in which no other history lies than that of the schema $2 and the tables $3: with one,
-- a schema is another program's.
SELECT n.nspname::text
FROM pg_catalog.pg_namespace AS n
WHERE n.nspname = ANY ($1::text[]) AND NOT EXISTS (
    SELECT FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_description AS d
      ON d.objoid = c.oid AND d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objsubid = 0
    WHERE c.relnamespace = n.oid AND c.relkind = 'r' AND d.description LIKE 'pgstrata history%'
      AND NOT (n.nspname = $2 AND c.relname = ANY ($3::text[])))
