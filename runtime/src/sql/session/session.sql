-- What the run gives back at its end, and what the server is. The frame of this message has set
-- search_path aside.
SELECT {key} AS key,
       pg_catalog.pg_backend_pid() AS pid,
       -- A simple query outside a transaction block is a transaction of its own.
       pg_catalog.now() <> pg_catalog.statement_timestamp() AS in_transaction,
       session_user AS session_user, pg_catalog.current_setting('role') AS role,
       pg_catalog.current_setting('pgstrata.search_path') AS search_path,
       pg_catalog.current_setting('pgstrata.lock_timeout') AS lock_timeout,
       pg_catalog.current_setting('pgstrata.statement_timeout') AS statement_timeout,
       -- PostgreSQL 14 and later; other systems than Linux refuse any value but 0.
       CASE WHEN pg_catalog.version() LIKE '%linux%'
            THEN pg_catalog.current_setting('client_connection_check_interval', true) END AS check_interval,
       -- What is not PostgreSQL is refused. Nothing else has a view of this name.
       pg_catalog.version() AS version,
       EXISTS (SELECT FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
               WHERE n.nspname = 'sys' AND c.relname = 'iam_pg_role_mappings') AS is_dsql,
       pg_catalog.to_regclass('pg_catalog.pg_dist_local_group') IS NOT NULL AS has_citus
