-- One digest of all that `inspect.sql` looks at; NULL or another one asks for the closer look.
SELECT pg_catalog.md5(pg_catalog.string_agg(pg_catalog.concat(
           c.relkind, c.relpersistence, c.relispartition, c.relhasrules, c.relhastriggers, c.relhassubclass, c.relrowsecurity, ':',
           (SELECT pg_catalog.string_agg(pg_catalog.concat_ws(' ', a.attname, a.atttypid::pg_catalog.int8, a.atttypmod, a.attnotnull,
                   a.attidentity, a.attgenerated, a.attisdropped, a.attcollation::pg_catalog.int8,
                   CASE WHEN a.atthasdef THEN (SELECT pg_catalog.pg_get_expr(d.adbin, d.adrelid) FROM pg_catalog.pg_attrdef AS d
                                               WHERE d.adrelid = a.attrelid AND d.adnum = a.attnum) END), ',' ORDER BY a.attnum)
            FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = c.oid AND a.attnum > 0), ':',
           (SELECT pg_catalog.string_agg(i.definition, ',' ORDER BY i.definition)
            FROM (SELECT pg_catalog.concat_ws(' ', x.indisprimary, x.indisunique, x.indisvalid, x.indimmediate, x.indkey, x.indclass, x.indcollation, x.indoption,
                             pg_catalog.to_jsonb(x) ->> 'indnullsnotdistinct',
                             pg_catalog.pg_get_expr(x.indpred, x.indrelid), x.indexprs IS NULL) AS definition
                  FROM pg_catalog.pg_index AS x WHERE x.indrelid = c.oid) AS i), ':',
           (SELECT pg_catalog.string_agg(o.definition, ',' ORDER BY o.definition)
            FROM (SELECT CASE k.contype WHEN 'c' THEN pg_catalog.pg_get_constraintdef(k.oid) ELSE k.contype::pg_catalog.text END AS definition
                  FROM pg_catalog.pg_constraint AS k WHERE k.conrelid = c.oid AND k.contype <> 'n') AS o), ':',
           EXISTS (SELECT FROM pg_catalog.pg_statistic_ext AS s WHERE s.stxrelid = c.oid),
           EXISTS (SELECT FROM pg_catalog.pg_policy AS p WHERE p.polrelid = c.oid),
           EXISTS (SELECT FROM pg_catalog.pg_inherits AS h WHERE h.inhrelid = c.oid)
       ), ';' ORDER BY t.place))
FROM pg_catalog.unnest(ARRAY[{history_text}, {events_text}, {failures_text}]) WITH ORDINALITY AS t (name, place)
JOIN pg_catalog.pg_class AS c ON c.oid = pg_catalog.to_regclass(t.name)
WHERE NOT {writes} OR pg_catalog.pg_get_userbyid(c.relowner) = current_user
