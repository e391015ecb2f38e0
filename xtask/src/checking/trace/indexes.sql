-- Each index, and whether queries may use it. $1 is the schema of the history.
SELECT indexrelid, nspname::text, i.relname::text, t.relname::text, indisvalid
FROM pg_index
JOIN pg_class AS i ON i.oid = indexrelid
JOIN pg_class AS t ON t.oid = indrelid
JOIN pg_namespace AS n ON n.oid = i.relnamespace
WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', $1)
