-- The number of the transaction, for `same_transaction.sql`.
SELECT pg_catalog.pg_current_xact_id()
