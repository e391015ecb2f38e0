-- What this role lacks to bring the tables to another layout, and the statement that gives it. What is
-- not there is made.
SELECT o.message, o.repair
FROM (
    SELECT t.place, pg_catalog.concat(t.name, ' belongs to the role ', pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(c.relowner)),
               ', and only its owner may change it') AS message,
           pg_catalog.concat('ALTER TABLE ', t.name, ' OWNER TO ', pg_catalog.quote_ident(current_user::text), ';') AS repair
    FROM pg_catalog.unnest(ARRAY[{history_text}, {events_text}, {failures_text}]) WITH ORDINALITY AS t (name, place)
    JOIN pg_catalog.pg_class AS c ON c.oid = pg_catalog.to_regclass(t.name)
    WHERE NOT pg_catalog.pg_has_role(c.relowner, 'USAGE')
    UNION ALL
    SELECT 4, pg_catalog.concat(pg_catalog.quote_ident(current_user::text), ' may not create a table in the schema ', pg_catalog.quote_ident(n.nspname)),
           pg_catalog.concat('GRANT CREATE ON SCHEMA ', pg_catalog.quote_ident(n.nspname), ' TO ', pg_catalog.quote_ident(current_user::text), ';')
    FROM pg_catalog.pg_namespace AS n
    WHERE n.nspname = {schema_text} AND NOT pg_catalog.has_schema_privilege(n.oid, 'CREATE')
) AS o
ORDER BY o.place
