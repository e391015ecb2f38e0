-- Reads every layout: a column that is not there yet is that of `earlier`.
SELECT h.down_sql, h.checksum_algorithm, h.down_checksum, h.down_transactional, h.down_lock_timeout_ms, h.down_statement_timeout_ms,
       ARRAY(SELECT pg_catalog.unnest(ARRAY[COALESCE(s.starts, -1), COALESCE(s.ends, -1), COALESCE(s.line, -1), COALESCE(s.concurrent, false)::integer])
             FROM ROWS FROM (pg_catalog.unnest(h.down_starts), pg_catalog.unnest(h.down_ends),
                             pg_catalog.unnest(h.down_lines), pg_catalog.unnest(h.down_concurrent))
                  WITH ORDINALITY AS s (starts, ends, line, concurrent, place)
             ORDER BY s.place) AS down_statements,
       pg_catalog.cardinality(h.down_starts) = ALL (ARRAY[pg_catalog.cardinality(h.down_ends),
           pg_catalog.cardinality(h.down_lines), pg_catalog.cardinality(h.down_concurrent)]) AS is_counted,
       (SELECT down_targets FROM (SELECT h.*) AS now) AS down_targets
FROM {history} AS h CROSS JOIN (SELECT '{}'::text[] AS down_targets) AS earlier
WHERE h.attempt = ANY ({attempts})
ORDER BY h.version DESC
