UPDATE {history} SET state = 'applied', statements_done = statements_total, intent = NULL WHERE version = {version};
