-- The statements that the session has from this message of ours.
SELECT p.name::text AS name FROM pg_catalog.pg_prepared_statements AS p WHERE p.from_sql AND p.statement = {message}
