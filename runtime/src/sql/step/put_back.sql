DELETE FROM {events} WHERE attempt = {attempt} AND action = 'rolled back';
UPDATE {history} AS h SET state = 'applied', next_statement = NULL,
    statements_done = COALESCE({up_statements}, h.statements_total), statements_total = COALESCE({up_statements}, h.statements_total)
WHERE {row} AND h.attempt = {attempt} AND h.state = 'rolling back'
    AND h.statements_done = 0 AND h.intent IS NULL AND h.batches = 0;
