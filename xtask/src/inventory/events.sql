-- Reads every layout: the first one has no reasons, and takes that of `earlier`.
SELECT e.attempt, e.action, to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
    extract(epoch FROM e.duration)::float8, e.who, e.application, e.program,
    (SELECT reason FROM (SELECT e.*) AS now)
FROM {events} AS e CROSS JOIN (SELECT NULL::text AS reason) AS earlier
WHERE e.version = $1
ORDER BY e.at, e.attempt
