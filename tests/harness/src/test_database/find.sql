SELECT FROM pg_catalog.pg_database WHERE datname OPERATOR(pg_catalog.=) $1
