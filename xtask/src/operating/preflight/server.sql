SELECT pg_catalog.pg_is_in_recovery(),
       -- Ours is read only anyway; this is what the next one of a run would be.
       pg_catalog.current_setting('default_transaction_read_only')::boolean,
       pg_catalog.current_setting('server_version_num')::integer / 10000,
       pg_catalog.current_setting('server_version'),
       pg_catalog.getdatabaseencoding()::text,
       (SELECT sender_host FROM pg_catalog.pg_stat_wal_receiver LIMIT 1)
