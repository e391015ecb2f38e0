SELECT h.down_sql, h.down_starts, h.down_ends, h.down_lines, h.down_concurrent, h.down_transactional,
       h.down_lock_timeout_ms, h.down_statement_timeout_ms, h.down_targets
FROM {history} AS h
WHERE h.version = {version} AND h.attempt = {attempt}
