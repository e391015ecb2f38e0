
CROSS JOIN (SELECT false AS is_by_this_list, 0 AS age_ms) AS l
