-- Gone where the transaction is ended, so that `same_transaction.sql` can tell.
SELECT pg_catalog.set_config('pgstrata.transaction', pg_catalog.pg_current_xact_id()::pg_catalog.text, true);
