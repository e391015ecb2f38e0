INSERT INTO {events} (attempt, action, version, label, program)
VALUES ({attempt}, 'rolled back', {version}, {label}, {program});
UPDATE {history} SET state = 'rolling back', statements_done = 0, intent = NULL, statements_total = {statements}
WHERE version = {version} AND attempt = {attempt};
