-- 0 where the table does not exist. Earlier layouts have one number in their comment.
SELECT COALESCE(n.oldest, 1) AS oldest_writer, COALESCE(n.newest, n.oldest, 1) AS layout,
       h.relowner AS history_owner, e.relowner AS events_owner
FROM pg_catalog.pg_class AS h
LEFT JOIN pg_catalog.pg_class AS e ON e.oid = pg_catalog.to_regclass({events_text}),
     LATERAL (SELECT pg_catalog.obj_description(h.oid, 'pg_class') AS comment) AS d,
     LATERAL (SELECT pg_catalog.substring(d.comment, 'layout ([0-9]+)')::pg_catalog.int4 AS oldest,
                     pg_catalog.substring(d.comment, 'extended to ([0-9]+)')::pg_catalog.int4 AS newest) AS n
WHERE h.oid = pg_catalog.to_regclass({history_text})
