SELECT EXISTS (SELECT FROM pg_catalog.pg_class AS c
               WHERE c.oid = pg_catalog.to_regclass($1) AND c.relkind = 'r'
                 AND pg_catalog.has_table_privilege(c.oid, 'SELECT'))
