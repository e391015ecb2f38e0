-- The objects of repeatables, what they are called, and each statement that gives what somebody has set on
-- them, with the one that takes it away, where there is one.
WITH o AS MATERIALIZED (
    -- Looked up once each.
    SELECT t.kind, pg_catalog.quote_ident(t.schema) || '.' || pg_catalog.quote_ident(t.name) AS named, t.part, ({object}) AS oid
    FROM {history} AS h CROSS JOIN LATERAL {targets} AS t
    WHERE h.version IS NULL AND h.label = ANY ({labels})
), w AS MATERIALIZED (
    SELECT o.kind, o.oid, CASE
        WHEN o.kind = 'routine' THEN o.named || '(' || o.part || ')'
        WHEN o.kind IN ('trigger', 'rule', 'policy') THEN pg_catalog.quote_ident(o.part) || ' ON ' || o.named
        ELSE o.named END AS name
    FROM o
)
SELECT w.kind, w.kind || ' ' || w.name AS words, w.oid IS NULL AS is_gone, s.give, s.take
FROM w
LEFT JOIN LATERAL (
    -- Of the owner's own rights nothing is lost.
    SELECT pg_catalog.format('GRANT %s ON %s TO %s%s', a.what, a.object, a.who, CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END) AS give,
           pg_catalog.format('REVOKE %s ON %s FROM %s', a.what, a.object, a.who) AS take
    FROM (
        SELECT a.privilege_type, w.name, a.grantee, a.is_grantable
        FROM pg_catalog.pg_class AS c, pg_catalog.aclexplode(c.relacl) AS a
        WHERE w.kind IN ('view', 'materialized view') AND c.oid = w.oid AND a.grantee <> c.relowner
        UNION ALL
        SELECT pg_catalog.format('%s (%I)', a.privilege_type, c.attname), w.name, a.grantee, a.is_grantable
        FROM pg_catalog.pg_attribute AS c, pg_catalog.aclexplode(c.attacl) AS a
        WHERE w.kind IN ('view', 'materialized view') AND c.attrelid = w.oid AND c.attnum > 0
        UNION ALL
        SELECT a.privilege_type, 'ROUTINE ' || w.name, a.grantee, a.is_grantable
        FROM pg_catalog.pg_proc AS p, pg_catalog.aclexplode(COALESCE(p.proacl, pg_catalog.acldefault('f', p.proowner))) AS a
        WHERE w.kind = 'routine' AND p.oid = w.oid AND a.grantee <> p.proowner
        UNION ALL
        SELECT a.privilege_type, 'TYPE ' || w.name, a.grantee, a.is_grantable
        FROM pg_catalog.pg_type AS y, pg_catalog.aclexplode(COALESCE(y.typacl, pg_catalog.acldefault('T', y.typowner))) AS a
        WHERE w.kind = 'type' AND y.oid = w.oid AND a.grantee <> y.typowner
    ) AS g (what, object, grantee, is_grantable)
    CROSS JOIN LATERAL (SELECT g.what, g.object, g.is_grantable,
        CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(g.grantee)) END AS who) AS a
    UNION ALL
    SELECT pg_catalog.format('COMMENT ON %s %s IS %L', k.word, w.name, pg_catalog.obj_description(w.oid, k.catalog)), NULL
    FROM (VALUES ('view', 'VIEW', 'pg_class'), ('materialized view', 'MATERIALIZED VIEW', 'pg_class'), ('routine', 'ROUTINE', 'pg_proc'),
                 ('type', 'TYPE', 'pg_type'), ('trigger', 'TRIGGER', 'pg_trigger'), ('rule', 'RULE', 'pg_rewrite'),
                 ('policy', 'POLICY', 'pg_policy')) AS k (kind, word, catalog)
    WHERE k.kind = w.kind AND pg_catalog.obj_description(w.oid, k.catalog) IS NOT NULL
    UNION ALL
    SELECT pg_catalog.format('COMMENT ON COLUMN %s.%I IS %L', w.name, c.attname, pg_catalog.col_description(c.attrelid, c.attnum)), NULL
    FROM pg_catalog.pg_attribute AS c
    WHERE w.kind IN ('view', 'materialized view') AND c.attrelid = w.oid AND pg_catalog.col_description(c.attrelid, c.attnum) IS NOT NULL
    UNION ALL
    SELECT pg_catalog.format('ALTER %s %s OWNER TO %I', k.word, w.name, pg_catalog.pg_get_userbyid(k.owner)), NULL
    FROM (SELECT CASE w.kind WHEN 'view' THEN 'VIEW' ELSE 'MATERIALIZED VIEW' END, c.relowner FROM pg_catalog.pg_class AS c
          WHERE w.kind IN ('view', 'materialized view') AND c.oid = w.oid
          UNION ALL SELECT 'ROUTINE', p.proowner FROM pg_catalog.pg_proc AS p WHERE w.kind = 'routine' AND p.oid = w.oid
          UNION ALL SELECT 'TYPE', y.typowner FROM pg_catalog.pg_type AS y WHERE w.kind = 'type' AND y.oid = w.oid) AS k (word, owner)
) AS s ON true
ORDER BY 2, 4
