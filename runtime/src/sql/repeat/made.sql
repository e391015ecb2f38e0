UPDATE {history} AS h SET down_targets = COALESCE((
    WITH made AS MATERIALIZED (
        -- What an object depends on is written when it is made or replaced, and not when somebody is granted
        -- something on it.
        SELECT DISTINCT d.classid, d.objid
        FROM pg_catalog.pg_depend AS d
        CROSS JOIN LATERAL (
            -- Numbers of transactions go round.
            SELECT d.xmin::text::bigint AS made, pg_catalog.current_setting('pgstrata.made_since')::bigint AS since,
                   h.xmin::text::bigint AS newest, pg_catalog.pg_current_xact_id()::text::bigint AS own
        ) AS n
        WHERE d.objsubid = 0 AND d.deptype <> 'x'
          AND CASE WHEN ((n.made - n.since) & 4294967295) > ((n.newest - n.since) & 4294967295) THEN false
                   -- Others' are not seen before they have ended.
                   ELSE pg_catalog.pg_xact_status((n.own + ((n.made - n.own) & 4294967295))::text::xid8) = 'in progress' END
    )
    -- Four texts each: the kind, the schema, the name, and what else tells it apart.
    SELECT pg_catalog.array_agg(t.text ORDER BY m.kind, m.schema, m.name, m.part, t.place)
    FROM (
        SELECT o.kind, n.nspname::text AS schema, o.name, o.part
        FROM (
            SELECT CASE WHEN r.rulename <> '_RETURN' THEN 'rule' WHEN c.relkind = 'm' THEN 'materialized view' ELSE 'view' END,
                   c.relnamespace, c.relname::text, CASE WHEN r.rulename <> '_RETURN' THEN r.rulename::text ELSE '' END
            FROM made AS m JOIN pg_catalog.pg_rewrite AS r ON r.oid = m.objid JOIN pg_catalog.pg_class AS c ON c.oid = r.ev_class
            WHERE m.classid = 'pg_catalog.pg_rewrite'::regclass
            UNION ALL
            SELECT 'routine', p.pronamespace, p.proname::text, pg_catalog.oidvectortypes(p.proargtypes)
            FROM made AS m JOIN pg_catalog.pg_proc AS p ON p.oid = m.objid
            WHERE m.classid = 'pg_catalog.pg_proc'::regclass
            UNION ALL
            -- Those of partitions come and go with them.
            SELECT 'trigger', c.relnamespace, c.relname::text, g.tgname::text
            FROM made AS m JOIN pg_catalog.pg_trigger AS g ON g.oid = m.objid JOIN pg_catalog.pg_class AS c ON c.oid = g.tgrelid
            WHERE m.classid = 'pg_catalog.pg_trigger'::regclass AND NOT g.tgisinternal AND g.tgparentid = 0
            UNION ALL
            SELECT 'policy', c.relnamespace, c.relname::text, p.polname::text
            FROM made AS m JOIN pg_catalog.pg_policy AS p ON p.oid = m.objid JOIN pg_catalog.pg_class AS c ON c.oid = p.polrelid
            WHERE m.classid = 'pg_catalog.pg_policy'::regclass
              AND NOT p.oid::text = ANY (pg_catalog.string_to_array(COALESCE(pg_catalog.current_setting('pgstrata.policies', true), ''), ','))
            UNION ALL
            -- By its array, which ALTER leaves as it is.
            SELECT 'type', t.typnamespace, t.typname::text, ''
            FROM made AS m JOIN pg_catalog.pg_type AS t ON t.typarray = m.objid
            LEFT JOIN pg_catalog.pg_class AS c ON c.oid = t.typrelid
            WHERE m.classid = 'pg_catalog.pg_type'::regclass AND (t.typtype IN ('d', 'e', 'r') OR c.relkind = 'c')
        ) AS o (kind, namespace, name, part)
        JOIN pg_catalog.pg_namespace AS n ON n.oid = o.namespace AND n.nspname !~ '^pg_'
        UNION
        -- What it made before, and has found there now.
        SELECT t.kind, t.schema, t.name, t.part FROM {targets} AS t WHERE ({object}) IS NOT NULL
    ) AS m
    CROSS JOIN LATERAL pg_catalog.unnest(ARRAY[m.kind, m.schema, m.name, m.part]) WITH ORDINALITY AS t (text, place)), '{}')
WHERE {row}
