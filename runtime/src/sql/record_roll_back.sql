UPDATE {events} SET duration = pg_catalog.clock_timestamp() - at
WHERE attempt = {attempt} AND action = 'rolled back';
DELETE FROM {history} WHERE version = {version} AND attempt = {attempt};
