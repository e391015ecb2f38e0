SELECT DISTINCT ON (label) label, extract(epoch FROM duration)::float8
FROM {events}
WHERE action = 'applied' AND duration IS NOT NULL
ORDER BY label, at DESC
