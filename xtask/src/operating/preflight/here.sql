SELECT pg_catalog.inet_server_addr() IS NULL
