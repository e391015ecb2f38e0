SELECT state, attempt, statements_done, statements_total,
    to_char(applied_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), applied_by, application, program
FROM {history} WHERE version = $1
