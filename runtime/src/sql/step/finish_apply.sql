UPDATE {history} AS h SET state = 'applied', statements_done = statements_total, intent = NULL, next_statement = NULL
WHERE {row};
