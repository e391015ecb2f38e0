UPDATE {history} SET statement_work[{done} + 1] = pg_catalog.clock_timestamp() - pg_catalog.now()
WHERE attempt = {attempt} AND statements_done = {done} + 1
