-- A line for everything there is, except the history and the ledger, which tells how often.
SELECT line FROM (
    SELECT 'column ' || n.nspname || '.' || c.relname || ' ' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
           || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END || coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '') AS line
    FROM pg_attribute AS a
    JOIN pg_class AS c ON c.oid = a.attrelid AND c.relkind IN ('r', 'v', 'p')
    JOIN pg_namespace AS n ON n.oid = c.relnamespace AND n.nspname IN ('public', 'aside')
    LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relname NOT LIKE 'pgstrata%'
    UNION ALL
    SELECT pg_get_indexdef(i.indexrelid) || CASE WHEN i.indisvalid THEN '' ELSE ' invalid' END
    FROM pg_index AS i
    JOIN pg_class AS c ON c.oid = i.indrelid
    JOIN pg_namespace AS n ON n.oid = c.relnamespace AND n.nspname IN ('public', 'aside')
    WHERE c.relname NOT LIKE 'pgstrata%'
    UNION ALL
    SELECT 'value ' || enumtypid::regtype || ' ' || enumlabel FROM pg_enum
    UNION ALL
    SELECT 'view ' || c.relname || ' ' || pg_get_viewdef(c.oid)
    FROM pg_class AS c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'v'
    UNION ALL
    SELECT 'partition ' || i.inhrelid::regclass || ' ' || pg_get_expr(c.relpartbound, c.oid) || (to_jsonb(i) - 'inhrelid' - 'inhparent')
    FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid AND c.relkind = 'r'
    UNION ALL
    SELECT 'base ' || id || ' ' || n FROM public.base
    UNION ALL
    SELECT 'work ' || id || ' ' || done FROM public.work
) AS lines
ORDER BY line COLLATE "C"
