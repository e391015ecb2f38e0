-- A shorter limit of the session stays.
SELECT pg_catalog.set_config(l.name, (LEAST(NULLIF(extract(epoch FROM pg_catalog.current_setting(l.name)::interval), 0),
                                            l.seconds) * 1000)::bigint::text, true)
FROM (VALUES ('lock_timeout', {lock}), ('statement_timeout', {statement})) AS l (name, seconds);
