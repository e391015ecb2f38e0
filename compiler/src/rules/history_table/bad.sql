DELETE FROM pgstrata_history WHERE version = 3;
