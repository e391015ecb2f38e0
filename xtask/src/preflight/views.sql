-- The views that stand on the tables $1, or on their columns $2 where one is named, and all that stand on
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
SELECT s.place, n.nspname::text, c.relname::text, c.relkind = 'm',
       pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname),
       pg_catalog.pg_get_viewdef(c.oid), min(s.depth)
FROM standing AS s JOIN pg_catalog.pg_class AS c ON c.oid = s.oid JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('v', 'm')
GROUP BY s.place, n.nspname, c.relname, c.relkind, c.oid
ORDER BY s.place, max(s.depth) DESC, 5
