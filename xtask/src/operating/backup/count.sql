SELECT count(*) FROM ONLY {table}
