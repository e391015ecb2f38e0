-- What was saved when the lock was taken has a sign in front, since a value may be empty.
SELECT pg_catalog.pg_advisory_unlock({key}) AS released, (
    SELECT pg_catalog.count(pg_catalog.set_config(o.name, pg_catalog.substr(
        NULLIF(pg_catalog.current_setting('pgstrata.' || o.name, true), ''), 2), false))
    FROM pg_catalog.unnest({settings}) AS o (name)
    WHERE pg_catalog.current_setting(o.name, true) IS NOT NULL)
