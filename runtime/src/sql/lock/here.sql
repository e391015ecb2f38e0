SELECT CASE WHEN pg_catalog.pg_backend_pid() <> {pid} THEN pg_catalog.concat('pgstrata: ', 'without the lock')::pg_catalog.int4 END;
