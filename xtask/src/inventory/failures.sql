SELECT f.action, to_char(f.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), f.statement, f.sqlstate,
    f.who, f.application, f.program, f.reason
FROM {failures} AS f
WHERE f.version = $1
ORDER BY f.at
