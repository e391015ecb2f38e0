-- What was saved when the lock was taken has a sign in front, since a value may be empty.
SELECT (
    SELECT pg_catalog.count(pg_catalog.set_config(o.name, pg_catalog.substr(
        NULLIF(pg_catalog.current_setting('pgstrata.' || o.name, true), ''), 2), false))
    FROM pg_catalog.unnest({settings}) AS o (name)
    WHERE pg_catalog.current_setting(o.name, true) IS NOT NULL),
    -- What else was changed, and stays so; NULL where the lock is not ours any more.
    CASE WHEN pg_catalog.pg_advisory_unlock({key}) THEN ARRAY(
        SELECT s.name
        FROM pg_catalog.pg_settings AS s
        LEFT JOIN pg_catalog.jsonb_each_text(NULLIF(pg_catalog.current_setting('pgstrata.settings', true), '')::jsonb)
             AS b (name, setting) ON b.name = s.name
        WHERE s.context IN ('user', 'superuser') AND s.name <> ALL ({settings})
            -- Loading a language brings settings with it.
            AND (b.name IS NOT NULL OR s.source <> 'default') AND s.setting IS DISTINCT FROM b.setting
        ORDER BY s.name) END AS changed
