INSERT INTO {history} (version, label, state, checksum_algorithm, up_checksum, down_checksum, down_sql,
    down_starts, down_ends, down_lines, down_concurrent, down_transactional, down_lock_timeout_ms,
    down_statement_timeout_ms, down_targets, down_code, irreversible, statements_done, statements_total, program, applied_at, next_statement)
VALUES
