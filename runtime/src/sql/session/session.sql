-- What the run gives back at its end, and what the server is. The frame of this message has set
-- search_path aside.
WITH fixed AS (
    -- The frame has set some of them aside, too, and a server may not have all of them.
    SELECT f.name, f.found
    FROM (SELECT w.name, w.value,
                 COALESCE(NULLIF(pg_catalog.current_setting('pgstrata.' || w.name, true), ''),
                          pg_catalog.current_setting(w.name, true)) AS found
          FROM (VALUES {wanted}) AS w (name, value)) AS f
    WHERE f.found <> f.value
)
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
       -- What the run needs otherwise, and what it does not begin with.
       (SELECT pg_catalog.array_agg(f.name) FROM fixed AS f) AS deviating,
       (SELECT pg_catalog.array_agg(f.found) FROM fixed AS f) AS found,
       CASE WHEN pg_catalog.current_setting('session_replication_role') = 'replica'
            THEN pg_catalog.format('ALTER ROLE %1$I RESET session_replication_role; '
                                   'ALTER DATABASE %2$I RESET session_replication_role; '
                                   'ALTER ROLE %1$I IN DATABASE %2$I RESET session_replication_role',
                                   session_user, pg_catalog.current_database()) END AS reset,
       -- What is not PostgreSQL is refused. Nothing else has a view of this name.
       pg_catalog.version() AS version,
       -- What is sent is UTF-8.
       pg_catalog.current_setting('client_encoding') AS client_encoding,
       pg_catalog.current_setting('server_encoding') AS server_encoding,
       -- By functions that read the cache of the catalog: to plan a query costs a fresh session three times as much.
       CASE WHEN pg_catalog.has_schema_privilege(pg_catalog.to_regnamespace('sys')::pg_catalog.oid, 'USAGE')
            THEN pg_catalog.to_regclass('sys.iam_pg_role_mappings') IS NOT NULL ELSE false END AS is_dsql,
       pg_catalog.to_regclass('pg_catalog.pg_dist_local_group') IS NOT NULL AS has_citus
