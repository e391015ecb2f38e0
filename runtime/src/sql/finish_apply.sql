UPDATE {history} SET state = 'applied', statements_done = statements_total WHERE version = {version};
