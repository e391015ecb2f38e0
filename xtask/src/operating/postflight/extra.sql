-- Tables and views that are nobody's but the users': no extension's, no partition, not the history $1, its
-- events $2 and its failures $3; where another schema than `public` stands first in the path, only of that
-- schema $4.
SELECT CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' ELSE 'table' END,
       CASE n.nspname WHEN $4::text THEN '' ELSE n.nspname || '.' END || c.relname, c.relname::text
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm') AND NOT c.relispartition
  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND ($4 = 'public' OR n.nspname = $4)
  AND c.oid NOT IN (SELECT o.oid FROM unnest(ARRAY[pg_catalog.to_regclass($1), pg_catalog.to_regclass($2), pg_catalog.to_regclass($3)]::oid[]) AS o (oid)
                    WHERE o.oid IS NOT NULL)
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                  WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY 2
