-- Reads every layout: of a column that is not there yet there is nothing.
SELECT h.down_sql, h.down_transactional, h.down_lock_timeout_ms, h.down_statement_timeout_ms,
       ARRAY(SELECT pg_catalog.unnest(ARRAY[s.starts, s.ends, s.line, s.concurrent::integer])
             FROM ROWS FROM (pg_catalog.unnest(h.down_starts), pg_catalog.unnest(h.down_ends),
                             pg_catalog.unnest(h.down_lines), pg_catalog.unnest(h.down_concurrent))
                  WITH ORDINALITY AS s (starts, ends, line, concurrent, place)
             ORDER BY s.place) AS down_statements,
       ARRAY(SELECT pg_catalog.jsonb_array_elements_text(pg_catalog.to_jsonb(h) -> 'down_targets')) AS down_targets
FROM {history} AS h
WHERE h.attempt = ANY ({attempts})
ORDER BY h.version DESC
