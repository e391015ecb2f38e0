SELECT k.key, t.open AS in_transaction,
       CASE WHEN NOT t.open THEN pg_catalog.pg_try_advisory_lock(k.key) END AS locked,
       pg_catalog.current_setting('search_path') AS search_path,
       pg_catalog.current_setting('role') AS role,
       pg_catalog.current_setting('lock_timeout') AS lock_timeout,
       pg_catalog.current_setting('statement_timeout') AS statement_timeout,
       -- PostgreSQL 14 and later; other systems refuse any value but 0.
       CASE WHEN pg_catalog.version() LIKE '%linux%'
            THEN pg_catalog.current_setting('client_connection_check_interval', true) END AS check_interval
FROM (SELECT pg_catalog.hashtextextended(
    'pgstrata ' || pg_catalog.current_database() || ' ' || {history_text}, 0) AS key) AS k,
    -- A simple query outside a transaction block is a transaction of its own.
    (SELECT pg_catalog.now() <> pg_catalog.statement_timestamp() AS open) AS t
