-- The views (and routines, triggers, policies) that stand on the tables $1, or on their columns $2 where one is named, and all that stand on
-- those; what has to go first comes first. $3 are the tables that the same names lead to along the
-- session's path; if these are others, nobody can tell which are meant.
WITH RECURSIVE wanted AS (
    SELECT w.place, coalesce(n.oid, w.along) AS oid, w.attribute
    FROM unnest($1::text[], $2::text[], $3::oid[]) WITH ORDINALITY AS w (name, attribute, along, place),
         LATERAL (SELECT pg_catalog.to_regclass(w.name)::oid) AS n (oid)
    WHERE n.oid IS NULL OR w.along IS NULL OR n.oid = w.along
), standing (place, oid, depth) AS (
    SELECT w.place, r.ev_class, 1
    FROM wanted AS w
    JOIN pg_catalog.pg_depend AS d ON d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = w.oid
        AND d.classid = 'pg_catalog.pg_rewrite'::regclass
        AND (w.attribute = '' OR d.refobjsubid = (
            SELECT a.attnum FROM pg_catalog.pg_attribute AS a
            WHERE a.attrelid = w.oid AND a.attname = w.attribute AND NOT a.attisdropped))
    JOIN pg_catalog.pg_rewrite AS r ON r.oid = d.objid AND r.ev_class <> w.oid
    UNION
    SELECT s.place, r.ev_class, s.depth + 1
    FROM standing AS s
    JOIN pg_catalog.pg_depend AS d ON d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = s.oid
        AND d.classid = 'pg_catalog.pg_rewrite'::regclass
    JOIN pg_catalog.pg_rewrite AS r ON r.oid = d.objid AND r.ev_class <> s.oid
)
SELECT s.place, n.nspname::text, c.relname::text, CASE c.relkind WHEN 'm' THEN 'materialized view' ELSE 'view' END,
       pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname),
       pg_catalog.pg_get_viewdef(c.oid), min(s.depth), max(s.depth)
FROM standing AS s JOIN pg_catalog.pg_class AS c ON c.oid = s.oid JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('v', 'm')
GROUP BY s.place, n.nspname, c.relname, c.relkind, c.oid
UNION ALL
-- What stands on the column itself; with its table a trigger and a policy go by themselves.
SELECT w.place, o.schema, o.name, o.kind, o.quoted, o.definition, 1, 1
FROM wanted AS w
JOIN pg_catalog.pg_depend AS d ON d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = w.oid AND d.deptype = 'n'
    AND d.classid IN ('pg_catalog.pg_proc'::regclass, 'pg_catalog.pg_trigger'::regclass, 'pg_catalog.pg_policy'::regclass)
    AND (w.attribute = '' AND d.classid = 'pg_catalog.pg_proc'::regclass OR d.refobjsubid = (
        SELECT a.attnum FROM pg_catalog.pg_attribute AS a
        WHERE a.attrelid = w.oid AND a.attname = w.attribute AND NOT a.attisdropped))
CROSS JOIN LATERAL (
    SELECT n.nspname::text, p.proname::text, 'routine', p.oid::regprocedure::text, pg_catalog.pg_get_functiondef(p.oid)
    FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
    WHERE d.classid = 'pg_catalog.pg_proc'::regclass AND p.oid = d.objid
    UNION ALL
    SELECT '', g.tgname::text, 'trigger', pg_catalog.format('%I ON %s', g.tgname, g.tgrelid::regclass), pg_catalog.pg_get_triggerdef(g.oid)
    FROM pg_catalog.pg_trigger AS g WHERE d.classid = 'pg_catalog.pg_trigger'::regclass AND g.oid = d.objid AND NOT g.tgisinternal
    UNION ALL
    SELECT '', p.polname::text, 'policy', pg_catalog.format('%I ON %s', p.polname, p.polrelid::regclass),
           pg_catalog.format('CREATE POLICY %I ON %s AS %s FOR %s TO %s', p.polname, p.polrelid::regclass,
               CASE WHEN p.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END,
               CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
               (SELECT pg_catalog.string_agg(CASE r.oid WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(r.oid)) END, ', ')
                FROM pg_catalog.unnest(p.polroles) AS r (oid)))
           || coalesce(' USING (' || pg_catalog.pg_get_expr(p.polqual, p.polrelid) || ')', '')
           || coalesce(' WITH CHECK (' || pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) || ')', '')
    FROM pg_catalog.pg_policy AS p WHERE d.classid = 'pg_catalog.pg_policy'::regclass AND p.oid = d.objid
) AS o (schema, name, kind, quoted, definition)
GROUP BY w.place, o.schema, o.name, o.kind, o.quoted, o.definition
ORDER BY 1, 8 DESC, 5
