-- Of the history and the events: who owns them, whether a closer look must follow each lock, and the
-- comment that holds the layout. Plain columns: to take the comment apart here would cost more.
SELECT t.place, c.relowner AS owner, d.description AS comment,
       c.relhastriggers OR c.relhasrules OR c.relhassubclass OR c.relrowsecurity AS has_flags
FROM (VALUES (0, pg_catalog.to_regclass({history_text})), (1, pg_catalog.to_regclass({events_text}))) AS t (place, oid)
JOIN pg_catalog.pg_class AS c ON c.oid = t.oid
LEFT JOIN pg_catalog.pg_description AS d
       ON d.objoid = c.oid AND d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objsubid = 0
ORDER BY t.place
