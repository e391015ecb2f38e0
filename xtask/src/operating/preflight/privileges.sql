-- Of what is needed ($1) of what ($2), that which this user may not. What is not there yet is made by the
-- migrations, and belongs to who runs them.
WITH needs AS (
    -- In the catalog: a name cannot be resolved in a schema that is closed to this user.
    SELECT n.place, n.what, n.name,
           (SELECT c.oid FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS s ON s.oid = c.relnamespace
            WHERE n.what NOT IN ('create in', 'create schema', 'own schema', 'own type', 'history schema')
              AND s.nspname = (pg_catalog.parse_ident(n.name))[1]::name
              AND c.relname = (pg_catalog.parse_ident(n.name))[2]::name) AS relation,
           CASE WHEN n.what IN ('create in', 'create schema', 'own schema', 'history schema')
                THEN pg_catalog.to_regnamespace(n.name)::oid END AS schema,
           (SELECT t.oid FROM pg_catalog.pg_type AS t JOIN pg_catalog.pg_namespace AS s ON s.oid = t.typnamespace
            WHERE n.what = 'own type'
              AND s.nspname = (pg_catalog.parse_ident(n.name))[1]::name
              AND t.typname = (pg_catalog.parse_ident(n.name))[2]::name) AS type
    FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS n (what, name, place)
), owners AS (
    SELECT n.*, coalesce(c.relowner, s.nspowner, t.typowner) AS owner, c.relnamespace,
           EXISTS (SELECT FROM needs AS h WHERE h.what = 'history' AND h.relation IS NOT NULL) AS has_history
    FROM needs AS n
    LEFT JOIN pg_catalog.pg_class AS c ON c.oid = n.relation
    LEFT JOIN pg_catalog.pg_namespace AS s ON s.oid = n.schema
    LEFT JOIN pg_catalog.pg_type AS t ON t.oid = n.type
)
SELECT n.place, current_user::text, pg_catalog.pg_get_userbyid(n.owner)::text,
       CASE WHEN n.schema IS NULL THEN pg_catalog.current_database()::text END
FROM owners AS n
WHERE NOT coalesce(CASE n.what
    WHEN 'history' THEN true
    WHEN 'history schema' THEN n.has_history OR CASE WHEN n.schema IS NULL
        THEN pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE')
        ELSE pg_catalog.has_schema_privilege(n.schema, 'CREATE') END
    WHEN 'create schema' THEN n.schema IS NOT NULL
        OR pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE')
    WHEN 'create in' THEN pg_catalog.has_schema_privilege(n.schema, 'CREATE')
    WHEN 'own' THEN pg_catalog.pg_has_role(n.owner, 'USAGE')
    WHEN 'own schema' THEN pg_catalog.pg_has_role(n.owner, 'USAGE')
    WHEN 'own type' THEN pg_catalog.pg_has_role(n.owner, 'USAGE')
    WHEN 'drop' THEN pg_catalog.pg_has_role(n.owner, 'USAGE') OR pg_catalog.pg_has_role(
        (SELECT s.nspowner FROM pg_catalog.pg_namespace AS s WHERE s.oid = n.relnamespace), 'USAGE')
    WHEN 'maintain' THEN pg_catalog.pg_has_role(n.owner, 'USAGE') OR CASE
        WHEN pg_catalog.current_setting('server_version_num')::integer >= 170000
        THEN pg_catalog.has_table_privilege(n.relation, 'MAINTAIN') ELSE false END
    ELSE pg_catalog.has_table_privilege(n.relation, n.what)
END, true)
ORDER BY n.place
