-- What the session $1 waits for: a table and the lock on it, or something else.
SELECT relation, mode FROM pg_locks WHERE pid = $1 AND NOT granted
