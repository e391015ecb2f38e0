UPDATE {history} AS h SET down_targets = COALESCE((
    -- What this transaction has made or replaced, four texts each: the kind, the schema, the name, and
    -- what else tells it apart.
    SELECT pg_catalog.array_agg(t.text ORDER BY m.kind, m.schema, m.name, m.part, t.place)
    FROM (
        SELECT CASE c.relkind WHEN 'm' THEN 'materialized view' ELSE 'view' END, c.relnamespace, c.relname::text, '', r.xmin
        FROM pg_catalog.pg_rewrite AS r JOIN pg_catalog.pg_class AS c ON c.oid = r.ev_class WHERE r.rulename = '_RETURN'
        UNION ALL
        SELECT 'rule', c.relnamespace, c.relname::text, r.rulename::text, r.xmin
        FROM pg_catalog.pg_rewrite AS r JOIN pg_catalog.pg_class AS c ON c.oid = r.ev_class WHERE r.rulename <> '_RETURN'
        UNION ALL
        SELECT 'routine', p.pronamespace, p.proname::text, pg_catalog.oidvectortypes(p.proargtypes), p.xmin FROM pg_catalog.pg_proc AS p
        UNION ALL
        SELECT 'trigger', c.relnamespace, c.relname::text, g.tgname::text, g.xmin
        FROM pg_catalog.pg_trigger AS g JOIN pg_catalog.pg_class AS c ON c.oid = g.tgrelid WHERE NOT g.tgisinternal
        UNION ALL
        SELECT 'policy', c.relnamespace, c.relname::text, p.polname::text, p.xmin
        FROM pg_catalog.pg_policy AS p JOIN pg_catalog.pg_class AS c ON c.oid = p.polrelid
        UNION ALL
        SELECT 'type', t.typnamespace, t.typname::text, '', t.xmin
        FROM pg_catalog.pg_type AS t LEFT JOIN pg_catalog.pg_class AS c ON c.oid = t.typrelid
        WHERE t.typtype IN ('d', 'e', 'r') OR c.relkind = 'c'
    ) AS o (kind, namespace, name, part, made)
    JOIN pg_catalog.pg_namespace AS n ON n.oid = o.namespace AND n.nspname NOT LIKE 'pg\_%'
    CROSS JOIN LATERAL (SELECT o.kind, n.nspname::text AS schema, o.name, o.part) AS m
    CROSS JOIN LATERAL pg_catalog.unnest(ARRAY[m.kind, m.schema, m.name, m.part]) WITH ORDINALITY AS t (text, place)
    WHERE o.made = pg_catalog.pg_current_xact_id()::xid), '{}')
WHERE {row}
