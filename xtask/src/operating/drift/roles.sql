-- Those that policies and privileges may name, as UTF-8. Roles are the whole server's, so the name of one
-- that was made in a database of another encoding may be anything here.
SELECT CASE pg_catalog.getdatabaseencoding()
           WHEN 'SQL_ASCII' THEN pg_catalog.convert_to(pg_catalog.quote_ident(rolname), 'SQL_ASCII')
           ELSE pg_catalog.textsend(pg_catalog.quote_ident(rolname)) END
FROM pg_catalog.pg_roles WHERE rolname !~ '^pg_'
