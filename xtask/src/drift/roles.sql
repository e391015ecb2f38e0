-- Those that policies and privileges may name.
SELECT pg_catalog.quote_ident(rolname) FROM pg_catalog.pg_roles WHERE rolname !~ '^pg_'
