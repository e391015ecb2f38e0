SELECT k.key, t.open AS in_transaction, l.locked,
       pg_catalog.pg_backend_pid() AS pid,
       -- To give a name back is cheaper than to ask what it was.
       CASE WHEN l.locked THEN
           CASE pg_catalog.current_setting('role') WHEN 'none' THEN 'SET SESSION ROLE NONE;'
                ELSE pg_catalog.format('SET SESSION ROLE %I;', pg_catalog.current_setting('role')) END
           || (SELECT CASE s.reset_val WHEN p.path THEN 'RESET search_path;'
                           ELSE pg_catalog.format('SELECT pg_catalog.set_config(''search_path'', %L, false);', p.path) END
               FROM pg_catalog.pg_settings AS s, pg_catalog.current_setting('search_path') AS p (path)
               WHERE s.name = 'search_path') END AS leave,
       -- PostgreSQL 14 and later; other systems refuse any value but 0.
       pg_catalog.version() LIKE '%linux%'
           AND pg_catalog.current_setting('client_connection_check_interval', true) IS NOT NULL
           AS can_notice_lost_client,
       CASE WHEN l.locked THEN
           (SELECT pg_catalog.count(pg_catalog.set_config(
                'pgstrata.' || o.name, '=' || pg_catalog.current_setting(o.name, true), false))
            FROM pg_catalog.unnest({settings}) AS o (name)) END AS saved,
       CASE WHEN l.locked THEN
           (SELECT pg_catalog.set_config('pgstrata.settings', pg_catalog.jsonb_object_agg(s.name, s.setting)::text, false)
            FROM pg_catalog.pg_settings AS s
            WHERE s.context IN ('user', 'superuser')) END AS noted
FROM (SELECT pg_catalog.hashtextextended(
    'pgstrata ' || pg_catalog.current_database() || ' ' || {history_text}, 0) AS key) AS k,
    -- A simple query outside a transaction block is a transaction of its own.
    (SELECT pg_catalog.now() <> pg_catalog.statement_timestamp() AS open) AS t,
    -- Asked once; who waits asks again and again, and for nothing else.
    LATERAL (SELECT CASE WHEN NOT t.open THEN {locked} END AS locked OFFSET 0) AS l
