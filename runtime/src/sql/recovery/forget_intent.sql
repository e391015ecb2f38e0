-- The first statement of a script was refused by the server, and the catalog shows that nothing of
-- it has stayed. An earlier intent may have had another target: only what is absent now is proof.
UPDATE {history} AS h SET intent = NULL
FROM ({judge}) AS p
WHERE h.attempt = {attempt} AND h.statements_done = 0 AND h.batches = 0
  AND ({is_harmless} OR {kind} = 'create index' AND p.snapshot[3] = 0
       OR {kind} <> 'opaque' AND NOT {has_begun_before} AND h.intent[3:] = p.snapshot[3:])
