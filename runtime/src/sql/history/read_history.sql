-- Reads every layout: a column that is not there yet is that of `earlier`.
SELECT h.version, h.label, h.state, h.attempt, h.checksum_algorithm, h.up_checksum, h.down_checksum,
       h.statements_done, h.statements_total, h.down_transactional,
       pg_catalog.cardinality(h.down_starts) AS down_statements,
       (SELECT down_code FROM (SELECT h.*) AS now) AS down_code,
       CASE WHEN h.irreversible IS NOT NULL THEN h.irreversible
            WHEN pg_catalog.cardinality(h.down_starts) = 0 AND (SELECT down_code FROM (SELECT h.*) AS now) IS NULL
            THEN 'no down script was stored' END AS irreversible,
       -- Of what is interrupted: a record of an older program, or a person, has moved past the text.
       CASE WHEN h.state <> 'applied' THEN (
           SELECT CASE WHEN COALESCE(pg_catalog.cardinality(statement_work), 0) = h.statements_done THEN next_statement END
           FROM (SELECT h.*) AS now) END AS next_statement,
       CASE WHEN h.state <> 'applied' THEN (
           SELECT intent IS NOT NULL OR batches > 0 FROM (SELECT h.*) AS now) END AS has_begun,
       pg_catalog.to_char(h.applied_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS applied_at,
       h.applied_by, l.is_by_this_list, l.age_ms
FROM {history} AS h CROSS JOIN (SELECT NULL::text AS down_code, NULL::bytea AS list_digest, NULL::text AS next_statement,
                                          NULL::interval[] AS statement_work, '{}'::bigint[] AS intent, 0::bigint AS batches) AS earlier{applied}
ORDER BY h.version, h.label
