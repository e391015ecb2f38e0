-- The object of a row of pg_depend, and the table that it belongs to.
SELECT 'pg_catalog.pg_class'::regclass::oid AS catalog, r.ev_class AS oid, true AS is_view, 0::oid AS of
FROM pg_catalog.pg_rewrite AS r JOIN pg_catalog.pg_class AS c ON c.oid = r.ev_class AND c.relkind IN ('v', 'm')
WHERE d.classid = 'pg_catalog.pg_rewrite'::regclass AND r.oid = d.objid AND r.ev_type = '1'
UNION ALL
SELECT d.classid, d.objid, false, r.ev_class
FROM pg_catalog.pg_rewrite AS r
WHERE d.classid = 'pg_catalog.pg_rewrite'::regclass AND r.oid = d.objid AND r.ev_type <> '1'
UNION ALL
SELECT d.classid, d.objid, false, 0::oid
FROM pg_catalog.pg_proc AS p WHERE d.classid = 'pg_catalog.pg_proc'::regclass AND p.oid = d.objid
UNION ALL
SELECT d.classid, d.objid, false, g.tgrelid
FROM pg_catalog.pg_trigger AS g WHERE d.classid = 'pg_catalog.pg_trigger'::regclass AND g.oid = d.objid AND NOT g.tgisinternal
UNION ALL
SELECT d.classid, d.objid, false, p.polrelid
FROM pg_catalog.pg_policy AS p WHERE d.classid = 'pg_catalog.pg_policy'::regclass AND p.oid = d.objid
