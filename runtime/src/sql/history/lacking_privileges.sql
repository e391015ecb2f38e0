-- The statements that give this role what it needs of the tables, and does not have.
SELECT pg_catalog.concat('GRANT ', pg_catalog.string_agg(p.name, ', ' ORDER BY p.place), ' ON ', t.name, ' TO ',
                         pg_catalog.quote_ident(current_user::text), ';') AS repair
FROM pg_catalog.unnest(ARRAY[{history_text}, {events_text}, {failures_text}]) WITH ORDINALITY AS t (name, place)
JOIN pg_catalog.pg_class AS c ON c.oid = pg_catalog.to_regclass(t.name)
JOIN (VALUES (1, 'SELECT', true), (2, 'INSERT', {writes}), (3, 'UPDATE', {writes}), (4, 'DELETE', {writes}))
     AS p (place, name, is_needed) ON p.is_needed AND NOT pg_catalog.has_table_privilege(c.oid, p.name)
GROUP BY t.place, t.name
ORDER BY t.place
