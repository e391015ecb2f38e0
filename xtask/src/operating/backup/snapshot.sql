SELECT pg_catalog.pg_export_snapshot(),
       pg_catalog.to_char(pg_catalog.clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
       pg_catalog.current_setting('server_version'),
       pg_catalog.getdatabaseencoding()::text
