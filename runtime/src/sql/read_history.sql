SELECT h.version, h.label, h.state, h.attempt, h.checksum_algorithm, h.up_checksum, h.down_checksum,
       h.statements_done, h.statements_total, h.irreversible, h.down_transactional,
       pg_catalog.cardinality(h.down_starts) AS down_statements,
       pg_catalog.to_char(h.applied_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS applied_at,
       h.applied_by
FROM {history} AS h
ORDER BY h.version, h.label
