-- What stands on the columns, tables and views that pending statements take away, and all that stands on that; what has to
-- go first comes first. Names without a schema were looked up along the session's path before.
WITH RECURSIVE named AS MATERIALIZED (
    SELECT n.place, n.is_freed, n.attribute, n.views_only, n.is_after_functions, CASE n.schema
        WHEN '' THEN NULLIF((pg_catalog.string_to_array(pg_catalog.current_setting('pgstrata.named'), ','))[n.index]::oid, 0::oid)
        ELSE (SELECT c.oid FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS s ON s.oid = c.relnamespace
              WHERE s.nspname = n.schema::name AND c.relname = n.name::name) END AS oid
    FROM (VALUES {rows}) AS n (index, place, is_freed, schema, name, attribute, views_only, is_after_functions)
), freed AS MATERIALIZED (
    SELECT n.place, n.oid FROM named AS n WHERE n.is_freed AND n.oid IS NOT NULL
), functions AS MATERIALIZED (
    -- Whether a trigger, say, could have taken something out of the way: some function of the user's drops or alters
    -- something, runs a text as SQL, or is written in a language that is not read here.
    SELECT EXISTS (
        SELECT FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_language AS l ON l.oid = p.prolang
        WHERE p.pronamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
          AND CASE WHEN l.lanname IN ('internal', 'c') THEN false WHEN l.lanname NOT IN ('sql', 'plpgsql') THEN true
              ELSE p.prosrc ~* '\m(drop|alter|execute)\M' END
          AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                          WHERE d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
    ) AS may_drop
), reached (place, oid, attribute, views_only) AS (
    SELECT n.place, n.oid, n.attribute, n.views_only FROM named AS n
    WHERE NOT n.is_freed AND n.oid IS NOT NULL AND NOT (n.is_after_functions AND (SELECT f.may_drop FROM functions AS f))
    UNION
    -- With a table go its partitions, with a column those that were inherited.
    SELECT r.place, c.oid, r.attribute, r.views_only
    FROM reached AS r
    JOIN pg_catalog.pg_inherits AS i ON i.inhparent = r.oid
    JOIN pg_catalog.pg_class AS c ON c.oid = i.inhrelid
    WHERE CASE r.attribute WHEN '' THEN c.relispartition ELSE EXISTS (
        SELECT FROM pg_catalog.pg_attribute AS a
        WHERE a.attrelid = c.oid AND a.attname = r.attribute::name AND NOT a.attislocal) END
), standing (place, catalog, oid, views_only, depth) AS (
    SELECT r.place, o.catalog, o.oid, r.views_only, 1
    FROM reached AS r
    JOIN pg_catalog.pg_depend AS d ON d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = r.oid AND d.deptype = 'n'
        AND (r.attribute = '' OR d.refobjsubid = (
            SELECT a.attnum FROM pg_catalog.pg_attribute AS a
            WHERE a.attrelid = r.oid AND a.attname = r.attribute::name AND NOT a.attisdropped))
    CROSS JOIN LATERAL ({dependent}) AS o
    WHERE (o.is_view OR NOT r.views_only) AND o.oid <> r.oid
      -- What belongs to a table goes with it.
      AND (r.attribute <> '' OR o.of <> r.oid)
      AND NOT EXISTS (SELECT FROM freed AS f WHERE f.place = r.place AND f.oid IN (o.oid, o.of))
    UNION
    SELECT s.place, o.catalog, o.oid, s.views_only, s.depth + 1
    FROM standing AS s
    JOIN pg_catalog.pg_depend AS d ON d.refclassid = s.catalog AND d.refobjid = s.oid AND d.deptype = 'n'
    CROSS JOIN LATERAL ({dependent}) AS o
    -- Functions and views may stand on each other.
    WHERE s.depth < 30 AND (o.is_view OR NOT s.views_only) AND o.oid <> s.oid AND o.of <> s.oid
      AND NOT EXISTS (SELECT FROM freed AS f WHERE f.place = s.place AND f.oid IN (o.oid, o.of))
)
SELECT s.place, o.kind, {named} AS named, {definition} AS definition, pg_catalog.min(s.depth) = 1 AS is_direct,
       {repeatable} AS repeatable
FROM standing AS s
CROSS JOIN LATERAL (
    SELECT CASE c.relkind WHEN 'm' THEN 'materialized view' ELSE 'view' END, n.nspname, c.relname,
           pg_catalog.format('%I.%I', n.nspname, c.relname),
           pg_catalog.format('CREATE %s %I.%I%s AS%s', CASE c.relkind WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'VIEW' END, n.nspname, c.relname,
               ' WITH (' || pg_catalog.array_to_string(c.reloptions, ', ') || ')',
               E'\n' || pg_catalog.rtrim(pg_catalog.pg_get_viewdef(c.oid), ';'))
    FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE s.catalog = 'pg_catalog.pg_class'::regclass AND c.oid = s.oid
    UNION ALL
    SELECT 'routine', n.nspname, p.proname, p.oid::regprocedure::text, pg_catalog.pg_get_functiondef(p.oid)
    FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
    WHERE s.catalog = 'pg_catalog.pg_proc'::regclass AND p.oid = s.oid AND p.prokind <> 'a'
    UNION ALL
    SELECT 'trigger', NULL, g.tgname, pg_catalog.format('%I ON %s', g.tgname, g.tgrelid::regclass), pg_catalog.pg_get_triggerdef(g.oid)
    FROM pg_catalog.pg_trigger AS g WHERE s.catalog = 'pg_catalog.pg_trigger'::regclass AND g.oid = s.oid
    UNION ALL
    SELECT 'rule', NULL, r.rulename, pg_catalog.format('%I ON %s', r.rulename, r.ev_class::regclass),
           pg_catalog.rtrim(pg_catalog.pg_get_ruledef(r.oid), ';')
    FROM pg_catalog.pg_rewrite AS r WHERE s.catalog = 'pg_catalog.pg_rewrite'::regclass AND r.oid = s.oid
    UNION ALL
    SELECT 'policy', NULL, p.polname, pg_catalog.format('%I ON %s', p.polname, p.polrelid::regclass),
           pg_catalog.format('CREATE POLICY %I ON %s AS %s FOR %s TO %s', p.polname, p.polrelid::regclass,
               CASE WHEN p.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END,
               CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
               (SELECT pg_catalog.string_agg(CASE r.oid WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(r.oid)) END, ', ')
                FROM pg_catalog.unnest(p.polroles) AS r (oid)))
           || COALESCE(' USING (' || pg_catalog.pg_get_expr(p.polqual, p.polrelid) || ')', '')
           || COALESCE(' WITH CHECK (' || pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) || ')', '')
    FROM pg_catalog.pg_policy AS p WHERE s.catalog = 'pg_catalog.pg_policy'::regclass AND p.oid = s.oid
) AS o (kind, schema, name, named, definition)
GROUP BY s.place, o.kind, o.schema, o.name, o.named, o.definition
ORDER BY s.place, pg_catalog.max(s.depth) DESC, o.named
