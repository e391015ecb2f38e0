
-- The event says which list applied the migration, and when; older programs did not write the list.
LEFT JOIN {events} AS e ON e.attempt = h.attempt AND e.action IN ('applied', 'baselined')
CROSS JOIN LATERAL (
    SELECT (SELECT list_digest FROM (SELECT e.*) AS now) = {list_digest} AS is_by_this_list,
           (pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - COALESCE(e.at, h.applied_at)) * 1000)::pg_catalog.int8 AS age_ms
) AS l
