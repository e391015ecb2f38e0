-- The tables that migrations rewrite, with all that belongs to them, and the folder in which they lie.
SELECT n.version, c.oid, pg_catalog.pg_total_relation_size(c.oid),
       coalesce(nullif(pg_catalog.pg_tablespace_location(coalesce(nullif(c.reltablespace, 0), d.dattablespace)), ''),
                (SELECT setting FROM pg_catalog.pg_settings WHERE name = 'data_directory'))
FROM unnest($1::bigint[], $2::text[]) AS n (version, name)
JOIN pg_catalog.pg_class AS c ON c.oid = pg_catalog.to_regclass(n.name)
JOIN pg_catalog.pg_database AS d ON d.datname = pg_catalog.current_database()
GROUP BY n.version, c.oid, c.reltablespace, d.dattablespace
ORDER BY 1
