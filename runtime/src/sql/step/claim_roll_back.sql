INSERT INTO {events} (attempt, action, version, label, reason, program, list_digest)
VALUES ({attempt}, 'rolled back', {version}, {label}, {reason}, {program}, {list_digest});
UPDATE {history} SET state = 'rolling back', statements_done = 0, intent = NULL, statements_total = {statements},
    next_statement = {next_statement}, statement_work = NULL, statement_rows = NULL
WHERE version = {version} AND attempt = {attempt};
