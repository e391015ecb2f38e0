-- Settings that scripts may change, and that are not as the server has them by itself: those have
-- `reset_val`.
SELECT pg_catalog.array_agg(s.name) AS names, pg_catalog.array_agg(COALESCE(s.setting, '')) AS settings,
       pg_catalog.array_agg(COALESCE(s.reset_val, '')) AS defaults
FROM pg_catalog.pg_settings AS s
WHERE s.context IN ('user', 'superuser') AND s.source <> 'default'
