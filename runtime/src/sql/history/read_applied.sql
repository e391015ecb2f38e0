
-- The event says which list applied the migration, and when; older programs did not write the list.
-- The newest is the one: a repair gives the row another attempt, and applies nothing.
LEFT JOIN (SELECT DISTINCT ON (v.version) v.* FROM {events} AS v
           WHERE v.version IS NOT NULL AND v.action IN ('applied', 'baselined')
           ORDER BY v.version, v.attempt DESC) AS e ON e.version = h.version
CROSS JOIN LATERAL (
    SELECT (SELECT list_digest FROM (SELECT e.*) AS now) = {list_digest} AS is_by_this_list,
           (pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - COALESCE(e.at, h.applied_at)) * 1000)::pg_catalog.int8 AS age_ms
) AS l
