-- A simple query outside a transaction block is a transaction of its own.
SELECT pg_catalog.now() <> pg_catalog.statement_timestamp()
