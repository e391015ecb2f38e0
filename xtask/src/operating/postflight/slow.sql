-- Of what is applied now, that which took longer than $1 seconds.
SELECT e.label, extract(epoch FROM e.duration)::float8, e.version
FROM {events} AS e JOIN {history} AS h ON h.attempt = e.attempt
WHERE e.action = 'applied' AND extract(epoch FROM e.duration)::float8 > $1
ORDER BY e.version, e.label
