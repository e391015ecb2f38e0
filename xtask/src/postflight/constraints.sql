-- NOT VALID, and enforced; what is not is so on purpose (PostgreSQL 18).
SELECT k.conrelid, pg_catalog.quote_ident(k.conname),
       CASE k.contype WHEN 'f' THEN 'foreign key' WHEN 'c' THEN 'check' ELSE 'not null' END
FROM pg_catalog.pg_constraint AS k
WHERE NOT k.convalidated AND k.conrelid <> 0 AND k.contype IN ('f', 'c', 'n')
  AND coalesce(pg_catalog.to_jsonb(k) ->> 'conenforced', 'true') = 'true'
ORDER BY 2
