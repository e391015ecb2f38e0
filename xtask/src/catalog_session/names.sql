-- The names of the relations $1, in order. It is sent with the session's path, since that decides
-- which names have a schema; so nothing here may be looked up along it.
SELECT r.number, r.number::pg_catalog.regclass::pg_catalog.text
FROM pg_catalog.unnest($1::pg_catalog.oid[]) AS r (number)
ORDER BY 2
