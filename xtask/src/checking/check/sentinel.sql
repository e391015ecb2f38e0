DO $sentinel$ BEGIN RAISE SQLSTATE 'PGS00'; END $sentinel$;
