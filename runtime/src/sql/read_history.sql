-- Reads every layout: a column that is not there yet is that of `earlier`.
SELECT h.version, h.label, h.state, h.attempt, h.checksum_algorithm, h.up_checksum, h.down_checksum,
       h.statements_done, h.statements_total, h.down_transactional,
       pg_catalog.cardinality(h.down_starts) AS down_statements,
       (SELECT down_code FROM (SELECT h.*) AS now) AS down_code,
       CASE WHEN h.irreversible IS NOT NULL THEN h.irreversible
            WHEN pg_catalog.cardinality(h.down_starts) = 0 AND (SELECT down_code FROM (SELECT h.*) AS now) IS NULL
            THEN 'no down script was stored' END AS irreversible,
       pg_catalog.to_char(h.applied_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS applied_at,
       h.applied_by, l.is_by_this_list, l.age_ms
FROM {history} AS h CROSS JOIN (SELECT NULL::text AS down_code, NULL::bytea AS list_digest) AS earlier{applied}
ORDER BY h.version, h.label
