-- Reads every layout: of a column that is not there yet there is nothing.
SELECT h.down_sql, h.down_starts, h.down_ends, h.down_lines, h.down_concurrent, h.down_transactional,
       h.down_lock_timeout_ms, h.down_statement_timeout_ms,
       ARRAY(SELECT pg_catalog.jsonb_array_elements_text(pg_catalog.to_jsonb(h) -> 'down_targets')) AS down_targets
FROM {history} AS h
WHERE h.attempt = ANY ({attempts})
ORDER BY h.version DESC
