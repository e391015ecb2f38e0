-- Roles belong to the server, so no dump of a database has them; a row a property, as in
-- `objects.sql`.
SELECT quote_ident(rolname), property, value
FROM pg_roles AS r, LATERAL (VALUES
    ('attributes', concat_ws(', ',
        CASE WHEN rolsuper THEN 'superuser' END, CASE WHEN NOT rolinherit THEN 'noinherit' END,
        CASE WHEN rolcreaterole THEN 'createrole' END, CASE WHEN rolcreatedb THEN 'createdb' END,
        CASE WHEN rolcanlogin THEN 'login' END, CASE WHEN rolreplication THEN 'replication' END,
        CASE WHEN rolbypassrls THEN 'bypassrls' END,
        'connection limit ' || NULLIF(rolconnlimit, -1), 'valid until ' || rolvaliduntil)),
    ('member of', (SELECT string_agg(quote_ident(g.rolname) || CASE WHEN admin_option THEN ' with admin option' ELSE '' END,
                                     ', ' ORDER BY g.rolname)
                   FROM pg_auth_members JOIN pg_roles AS g ON g.oid = roleid WHERE member = r.oid)),
    ('settings', (SELECT array_to_string(setconfig, ', ') FROM pg_db_role_setting
                  WHERE setrole = r.oid AND setdatabase = 0)),
    ('comment', shobj_description(r.oid, 'pg_authid'))
) AS p (property, value)
WHERE rolname !~ '^pg_' AND value IS NOT NULL
ORDER BY 1, 2
