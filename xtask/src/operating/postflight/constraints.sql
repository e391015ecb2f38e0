-- NOT VALID, and enforced; what is not is so on purpose (PostgreSQL 18). Of the schemas $1, where they are given.
SELECT k.conrelid, pg_catalog.quote_ident(k.conname),
       CASE k.contype WHEN 'f' THEN 'foreign key' WHEN 'c' THEN 'check' ELSE 'not null' END
FROM pg_catalog.pg_constraint AS k
WHERE NOT k.convalidated AND k.conrelid <> 0 AND k.contype IN ('f', 'c', 'n')
  AND coalesce(pg_catalog.to_jsonb(k) ->> 'conenforced', 'true') = 'true'
  AND ($1::text[] IS NULL OR k.connamespace = ANY (SELECT s.oid FROM pg_catalog.pg_namespace AS s WHERE s.nspname = ANY ($1)))
ORDER BY 2
