-- Extensions that lie in another schema than $1, and where: there a migration finds them.
SELECT pg_catalog.quote_ident(e.extname), pg_catalog.quote_ident(n.nspname)
FROM pg_catalog.pg_extension AS e JOIN pg_catalog.pg_namespace AS n ON n.oid = e.extnamespace
WHERE n.nspname <> $1::text AND n.nspname <> 'pg_catalog'
ORDER BY 1
