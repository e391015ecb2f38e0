-- The statements that give this role what it needs of the history, and does not have. Tables are looked up
-- in the catalog, since a name cannot be resolved in a schema that is closed to this role.
SELECT g.repair
FROM (
    SELECT 0 AS place, pg_catalog.concat('GRANT CREATE ON DATABASE ', pg_catalog.quote_ident(pg_catalog.current_database()::text),
                                         ' TO ', pg_catalog.quote_ident(current_user::text), ';') AS repair
    WHERE {writes} AND NOT EXISTS (SELECT FROM pg_catalog.pg_namespace AS n WHERE n.nspname = {schema_text})
      AND NOT pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE')
    UNION ALL
    SELECT 1, pg_catalog.concat('GRANT ', pg_catalog.string_agg(p.name, ', ' ORDER BY p.place), ' ON SCHEMA ',
                                pg_catalog.quote_ident(n.nspname), ' TO ', pg_catalog.quote_ident(current_user::text), ';')
    FROM pg_catalog.pg_namespace AS n
    JOIN (VALUES (1, 'USAGE', true), (2, 'CREATE', {writes})) AS p (place, name, is_needed)
      ON p.is_needed AND NOT pg_catalog.has_schema_privilege(n.oid, p.name)
     AND (p.name = 'USAGE' OR NOT EXISTS (
         SELECT FROM pg_catalog.pg_class AS c
         WHERE c.relnamespace = n.oid AND c.relname = (pg_catalog.parse_ident({history_text}))[2]))
    WHERE n.nspname = {schema_text}
    GROUP BY n.nspname
    UNION ALL
    SELECT 1 + t.place, pg_catalog.concat('GRANT ', pg_catalog.string_agg(p.name, ', ' ORDER BY p.place), ' ON ', t.name, ' TO ',
                                          pg_catalog.quote_ident(current_user::text), ';')
    FROM pg_catalog.unnest(ARRAY[{history_text}, {events_text}, {failures_text}]) WITH ORDINALITY AS t (name, place)
    JOIN pg_catalog.pg_namespace AS n ON n.nspname = {schema_text}
    JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid AND c.relname = (pg_catalog.parse_ident(t.name))[2]
    JOIN (VALUES (1, 'SELECT', true), (2, 'INSERT', {writes}), (3, 'UPDATE', {writes}), (4, 'DELETE', {writes}))
         AS p (place, name, is_needed) ON p.is_needed AND NOT pg_catalog.has_table_privilege(c.oid, p.name)
    GROUP BY t.place, t.name
) AS g
ORDER BY g.place
