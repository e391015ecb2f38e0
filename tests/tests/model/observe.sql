-- All that the model speaks of, as kind, key and number.
SELECT 'ledger' AS kind, key, count(*) FROM public.ledger GROUP BY key
UNION ALL
SELECT 'object', CASE c.relkind WHEN 'v' THEN 'view ' || c.relname || ' ' || a.attname ELSE 'table ' || n.nspname || '.' || c.relname END, 1
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = 1 AND c.relkind = 'v'
WHERE n.nspname IN ('public', 'aside') AND c.relkind IN ('r', 'v')
  AND c.relname NOT IN ('ledger', 'gate', 'base', 'work') AND c.relname NOT LIKE 'pgstrata%' AND c.relname NOT LIKE 'part\_%'
UNION ALL
SELECT 'object', 'column ' || attname, 1
FROM pg_attribute WHERE attrelid = 'public.base'::regclass AND attname LIKE 'c%' AND attnum > 0 AND NOT attisdropped
UNION ALL
SELECT CASE WHEN c.relname ~ '_cc(new|old)[0-9]*$' THEN 'leftover' ELSE 'object' END,
       CASE WHEN i.indisvalid THEN 'index ' ELSE 'invalid ' END || c.relname, 1
FROM pg_index AS i
JOIN pg_class AS c ON c.oid = i.indexrelid
WHERE i.indrelid = 'public.base'::regclass AND c.relname NOT IN ('base_pkey', 'base_n')
UNION ALL
SELECT 'object', 'enum ' || enumlabel, 1 FROM pg_enum WHERE enumlabel <> 'calm'
UNION ALL
SELECT 'object', CASE WHEN i.inhrelid IS NULL THEN 'detached ' ELSE 'pending ' END || c.relname, 1
FROM pg_class AS c
LEFT JOIN pg_inherits AS i ON i.inhrelid = c.oid
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname ~ '^p(art_)?[0-9_]+$'
  -- The column came with PostgreSQL 14.
  AND (i.inhrelid IS NULL OR to_jsonb(i) ->> 'inhdetachpending' = 'true')
