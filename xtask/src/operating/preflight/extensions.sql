SELECT n.name,
       EXISTS (SELECT FROM pg_catalog.pg_extension AS e WHERE e.extname = n.name),
       a.name IS NOT NULL, coalesce(v.trusted, false),
       u.rolsuper OR coalesce(v.trusted, false)
           AND pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE'),
       u.rolname::text, pg_catalog.current_database()::text
FROM unnest($1::text[]) AS n (name)
CROSS JOIN (SELECT rolname, rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user) AS u
LEFT JOIN pg_catalog.pg_available_extensions AS a ON a.name = n.name
LEFT JOIN pg_catalog.pg_available_extension_versions AS v ON v.name = a.name AND v.version = a.default_version
ORDER BY 1
