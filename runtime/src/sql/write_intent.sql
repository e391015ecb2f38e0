UPDATE {history} AS h SET intent = p.snapshot
FROM ({judge}) AS p
WHERE h.attempt = {attempt} AND h.statements_done = {done}
RETURNING p.*
