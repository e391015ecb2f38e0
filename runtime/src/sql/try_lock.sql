SELECT k.key, pg_catalog.pg_try_advisory_lock(k.key) AS locked,
       pg_catalog.current_setting('search_path') AS search_path,
       pg_catalog.current_setting('role') AS role,
       pg_catalog.current_setting('lock_timeout') AS lock_timeout,
       pg_catalog.current_setting('statement_timeout') AS statement_timeout
FROM (SELECT pg_catalog.hashtextextended(
    'pgstrata ' || pg_catalog.current_database() || ' ' || {history_text}, 0) AS key) AS k
