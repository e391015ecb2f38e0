-- ALTER writes all of a policy's rows again, and leaves its number: those that are there before the script are not made by it.
SELECT pg_catalog.set_config('pgstrata.policies', COALESCE((SELECT pg_catalog.string_agg(p.oid::text, ',') FROM pg_catalog.pg_policy AS p), ''), true);
