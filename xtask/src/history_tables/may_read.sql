-- The table $1, if it is there: whether this role may read it, and the statement that lets it.
SELECT pg_catalog.has_table_privilege(c.oid, 'SELECT'), current_user::text,
       pg_catalog.concat('GRANT SELECT ON ', $1::text, ' TO ', pg_catalog.quote_ident(current_user::text), ';')
FROM pg_catalog.pg_class AS c
WHERE c.oid = pg_catalog.to_regclass($1) AND c.relkind = 'r'
