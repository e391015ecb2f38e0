-- The claim of a program that died before its first statement.
DELETE FROM {history} AS h WHERE {row} AND h.attempt = {attempt} AND h.state = 'applying'
    AND h.statements_done = 0 AND h.intent IS NULL AND h.batches = 0
