-- Behind a transaction pooler the lock and the names to restore live as long as the transaction.
DO $pgstrata$
BEGIN
    IF NOT pg_catalog.pg_try_advisory_xact_lock({key}) THEN
        RAISE EXCEPTION 'another run has the migration lock' USING ERRCODE = 'PGSLK';
    END IF;
END
$pgstrata$;
SELECT pg_catalog.set_config('pgstrata.role', '=' || pg_catalog.current_setting('role'), true),
       pg_catalog.set_config('pgstrata.search_path', '=' || pg_catalog.current_setting('search_path'), true);
