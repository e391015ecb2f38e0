SELECT pg_catalog.pg_advisory_unlock({key}) AS unlocked;
-- Loading a language adds settings, which have their default.
SELECT pg_catalog.array_agg(s.name ORDER BY s.name) AS names,
       pg_catalog.array_agg(COALESCE(s.setting, '') ORDER BY s.name) AS settings,
       pg_catalog.array_agg(s.source <> 'default' ORDER BY s.name) AS are_set
FROM pg_catalog.pg_settings AS s
WHERE s.context IN ('user', 'superuser')
