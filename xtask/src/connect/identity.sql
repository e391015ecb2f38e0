SELECT CASE WHEN pg_catalog.has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE')
            THEN (SELECT system_identifier::text FROM pg_catalog.pg_control_system()) END,
       d.oid::bigint, d.datname::text, pg_catalog.current_setting('server_version'), current_user::text,
       pg_catalog.pg_database_size(d.oid),
       pg_catalog.to_char(pg_catalog.clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
       floor(extract(epoch FROM pg_catalog.clock_timestamp()))::bigint
FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database()
