-- Behind a transaction pooler the lock and the names to restore live as long as the transaction.
DO {quote}
BEGIN
    IF NOT pg_catalog.pg_try_advisory_xact_lock({key}) THEN
        RAISE EXCEPTION 'another run has the migration lock' USING ERRCODE = 'PGSLK';
    END IF;
END
{quote};
SELECT pg_catalog.set_config('pgstrata.entry_user', session_user, true),
       pg_catalog.set_config('pgstrata.entry_role', pg_catalog.current_setting('role'), true),
       pg_catalog.set_config('pgstrata.entry_path', pg_catalog.current_setting('search_path'), true);
