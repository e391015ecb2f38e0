UPDATE {history} AS h SET intent = p.snapshot
FROM ({judge}) AS p
WHERE h.attempt = {attempt} AND h.statements_done = {done}
  -- A script may have given the migration lock away: who has begun the statement meanwhile, has it.
  AND (h.intent IS NULL OR h.intent[1:2] = p.snapshot[1:2]
       OR pg_catalog.array_replace(h.intent, NULL::bigint, 0::bigint) = {replaced})
RETURNING p.*
