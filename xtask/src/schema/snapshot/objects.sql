-- What pg_dump would print of the database, a row a property: kind, name, property, value, and
-- the table that the object goes with. Columns that only newer servers have are asked for by
-- name, through to_jsonb. $1 is the schema of the history, $2 that whose names are written without it, and $3,
-- where it is given, has all schemas that are looked at.
WITH member AS MATERIALIZED (
    SELECT classid, objid FROM pg_depend
    WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e'
),
space AS MATERIALIZED (
    SELECT n.*, CASE nspname WHEN $2::text THEN '' ELSE quote_ident(nspname) || '.' END AS prefix
    FROM pg_namespace AS n
    WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', $1)
      AND ($3::text[] IS NULL OR quote_ident(nspname) = ANY ($3))
      AND NOT EXISTS (SELECT FROM member WHERE classid = 'pg_namespace'::regclass AND objid = n.oid)
),
relation AS MATERIALIZED (
    SELECT c.*, prefix, prefix || quote_ident(relname) AS name
    FROM pg_class AS c JOIN space ON space.oid = relnamespace
    WHERE NOT EXISTS (SELECT FROM member WHERE classid = 'pg_class'::regclass AND objid = c.oid)
)

SELECT 'schema' AS kind, quote_ident(nspname) AS name, property, value, NULL AS goes_with
FROM space, LATERAL (VALUES
    ('owner', pg_get_userbyid(nspowner)::text),
    ('privileges', (SELECT string_agg(item::text, ', ' ORDER BY item::text)
                    FROM unnest(coalesce(nspacl, acldefault('n', nspowner))) AS item)),
    ('comment', obj_description(space.oid, 'pg_namespace'))
) AS p (property, value)

UNION ALL
SELECT CASE relkind WHEN 'f' THEN 'foreign table' WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view'
                    WHEN 'S' THEN 'sequence' WHEN 'c' THEN 'type' ELSE 'table' END,
    name, property, value, CASE relkind WHEN 'S' THEN owner END
FROM relation AS c
LEFT JOIN LATERAL (
    SELECT table_of.name AS owner, table_of.name || '.' || quote_ident(attname) AS owner_column
    FROM pg_depend
    JOIN relation AS table_of ON table_of.oid = refobjid
    JOIN pg_attribute ON attrelid = refobjid AND attnum = refobjsubid
    WHERE c.relkind = 'S' AND classid = 'pg_class'::regclass AND objid = c.oid AND objsubid = 0
      AND refclassid = 'pg_class'::regclass AND deptype IN ('a', 'i')
) AS owned ON true
CROSS JOIN LATERAL (VALUES
    ('owner', pg_get_userbyid(relowner)::text),
    ('persistence', CASE relpersistence WHEN 'u' THEN 'unlogged' END),
    ('options', array_to_string(reloptions, ', ')),
    ('row security', NULLIF(concat_ws(', ', CASE WHEN relrowsecurity THEN 'enabled' END,
                                            CASE WHEN relforcerowsecurity THEN 'forced' END), '')),
    ('replica identity', CASE WHEN relkind IN ('r', 'p') THEN
        CASE relreplident WHEN 'n' THEN 'nothing' WHEN 'f' THEN 'full' WHEN 'i' THEN
            (SELECT indexrelid::regclass::text FROM pg_index WHERE indrelid = c.oid AND indisreplident) END END),
    ('access method', (SELECT amname::text FROM pg_am WHERE pg_am.oid = relam)),
    ('tablespace', (SELECT spcname::text FROM pg_tablespace WHERE pg_tablespace.oid = reltablespace)),
    ('partition key', CASE relkind WHEN 'p' THEN pg_get_partkeydef(c.oid) END),
    ('partition bound', pg_get_expr(relpartbound, c.oid)),
    ('parents', (SELECT string_agg(inhparent::regclass::text, ', ' ORDER BY inhseqno)
                 FROM pg_inherits WHERE inhrelid = c.oid)),
    ('type', CASE WHEN reloftype <> 0 THEN reloftype::regtype::text END),
    ('definition', CASE WHEN relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) END),
    ('populated', CASE WHEN relkind = 'm' AND relispopulated THEN 'yes' END),
    ('server', (SELECT concat_ws(' ', srvname, ftoptions::text) FROM pg_foreign_table
                JOIN pg_foreign_server AS s ON s.oid = ftserver WHERE ftrelid = c.oid)),
    ('has pages', CASE WHEN relkind IN ('r', 'm') AND pg_relation_size(c.oid) > 0 THEN 'yes' END),
    ('column order', CASE WHEN relkind IN ('r', 'p', 'f') THEN
        (SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
         WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped) END),
    ('attributes', CASE relkind WHEN 'c' THEN
        (SELECT string_agg(quote_ident(attname) || ' ' || format_type(atttypid, atttypmod), ', ' ORDER BY attnum)
         FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped) END),
    ('definition', CASE relkind WHEN 'S' THEN
        (SELECT concat(seqtypid::regtype, ' start ', seqstart, ' increment ', seqincrement, ' minimum ', seqmin,
                       ' maximum ', seqmax, ' cache ', seqcache, CASE WHEN seqcycle THEN ' cycle' END)
         FROM pg_sequence WHERE seqrelid = c.oid) END),
    ('owned by', owner_column),
    ('privileges', CASE WHEN relkind <> 'c' THEN
        (SELECT string_agg(item::text, ', ' ORDER BY item::text)
         FROM unnest(coalesce(relacl,
             acldefault(CASE relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", relowner))) AS item) END),
    ('comment', obj_description(c.oid, 'pg_class'))
) AS p (property, value)
WHERE relkind IN ('r', 'p', 'f', 'v', 'm', 'S', 'c') AND value IS NOT NULL

UNION ALL
SELECT 'column', name || '.' || quote_ident(attname), property, value, name
FROM relation AS c
JOIN pg_attribute AS a ON attrelid = c.oid AND attnum > 0 AND NOT attisdropped
JOIN pg_type AS t ON t.oid = atttypid
LEFT JOIN pg_attrdef AS d ON adrelid = c.oid AND adnum = attnum
CROSS JOIN LATERAL (VALUES
    ('type', format_type(atttypid, atttypmod)),
    ('not null', CASE WHEN attnotnull THEN 'yes' END),
    ('default', CASE attgenerated WHEN '' THEN pg_get_expr(adbin, adrelid) END),
    ('generated', CASE WHEN attgenerated <> '' THEN
        concat(pg_get_expr(adbin, adrelid), CASE attgenerated WHEN 's' THEN ' stored' END) END),
    ('identity', CASE attidentity WHEN 'a' THEN 'always' WHEN 'd' THEN 'by default' END),
    ('collation', CASE WHEN attcollation <> typcollation THEN
        (SELECT quote_ident(collname) FROM pg_collation WHERE pg_collation.oid = attcollation) END),
    ('storage', CASE WHEN attstorage <> typstorage THEN attstorage::text END),
    ('compression', CASE WHEN typlen = -1 THEN NULLIF(to_jsonb(a) ->> 'attcompression', '') END),
    ('statistics target', NULLIF(attstattarget, -1)::text),
    ('options', array_to_string(attoptions, ', ')),
    ('inherited', CASE WHEN NOT attislocal THEN 'yes' END),
    ('privileges', CASE WHEN attacl IS NOT NULL THEN
        (SELECT string_agg(item::text, ', ' ORDER BY item::text) FROM unnest(attacl) AS item) END),
    ('comment', col_description(c.oid, attnum))
) AS p (property, value)
WHERE relkind IN ('r', 'p', 'f') AND value IS NOT NULL

UNION ALL
SELECT 'column', name || '.' || quote_ident(attname), 'default', pg_get_expr(adbin, adrelid), name
FROM relation JOIN pg_attrdef ON adrelid = relation.oid
JOIN pg_attribute ON attrelid = relation.oid AND attnum = adnum
WHERE relkind = 'v'

UNION ALL
SELECT 'column', name || '.' || quote_ident(attname), 'comment', description, name
FROM relation JOIN pg_description ON classoid = 'pg_class'::regclass AND objoid = relation.oid
JOIN pg_attribute ON attrelid = relation.oid AND attnum = objsubid AND attnum > 0
WHERE relkind IN ('v', 'm', 'c')

UNION ALL
SELECT 'index', i.prefix || quote_ident(i.relname), property, value, c.name
FROM pg_index
JOIN relation AS i ON i.oid = indexrelid
JOIN relation AS c ON c.oid = indrelid
CROSS JOIN LATERAL (VALUES
    ('definition', pg_get_indexdef(indexrelid)),
    ('invalid', CASE WHEN NOT indisvalid THEN 'yes' END),
    ('clustered', CASE WHEN indisclustered THEN 'yes' END),
    ('comment', obj_description(indexrelid, 'pg_class'))
) AS p (property, value)
WHERE value IS NOT NULL
  AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('p', 'u', 'x'))

UNION ALL
SELECT 'constraint', quote_ident(conname) || ' of ' || c.name, property, value, c.name
FROM pg_constraint AS k
JOIN relation AS c ON c.oid = conrelid
CROSS JOIN LATERAL (VALUES
    ('definition', pg_get_constraintdef(k.oid)),
    ('inherited', CASE WHEN NOT conislocal THEN 'yes' END),
    ('index', (SELECT NULLIF(concat_ws(', ', array_to_string(reloptions, ', '), CASE WHEN indisclustered THEN 'clustered' END), '')
               FROM pg_class JOIN pg_index ON indexrelid = pg_class.oid
               WHERE pg_class.oid = conindid AND contype IN ('p', 'u', 'x'))),
    ('comment', obj_description(k.oid, 'pg_constraint'))
) AS p (property, value)
-- Since PostgreSQL 18 NOT NULL is one; the column says the same.
WHERE contype <> 't' AND NOT (contype = 'n' AND convalidated) AND value IS NOT NULL

UNION ALL
SELECT CASE WHEN tgconstraint <> 0 THEN 'constraint trigger' ELSE 'trigger' END,
    quote_ident(tgname) || ' of ' || c.name, property, value, c.name
FROM pg_trigger AS t
JOIN relation AS c ON c.oid = tgrelid
CROSS JOIN LATERAL (VALUES
    ('definition', pg_get_triggerdef(t.oid)),
    ('enabled', CASE tgenabled WHEN 'D' THEN 'no' WHEN 'R' THEN 'replica' WHEN 'A' THEN 'always' END),
    ('comment', obj_description(t.oid, 'pg_trigger'))
) AS p (property, value)
WHERE NOT tgisinternal AND value IS NOT NULL

UNION ALL
SELECT 'rule', quote_ident(rulename) || ' of ' || c.name, property, value, c.name
FROM pg_rewrite AS r
JOIN relation AS c ON c.oid = ev_class
CROSS JOIN LATERAL (VALUES
    ('definition', pg_get_ruledef(r.oid)),
    ('enabled', CASE ev_enabled WHEN 'D' THEN 'no' WHEN 'R' THEN 'replica' WHEN 'A' THEN 'always' END),
    ('comment', obj_description(r.oid, 'pg_rewrite'))
) AS p (property, value)
WHERE rulename <> '_RETURN' AND value IS NOT NULL

UNION ALL
SELECT 'policy', quote_ident(polname) || ' of ' || c.name, property, value, c.name
FROM pg_policy AS y
JOIN relation AS c ON c.oid = polrelid
CROSS JOIN LATERAL (VALUES
    ('command', CASE polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE'
                            WHEN 'd' THEN 'DELETE' ELSE 'ALL' END),
    ('kind', CASE WHEN NOT polpermissive THEN 'restrictive' END),
    ('roles', (SELECT string_agg(CASE role WHEN 0 THEN 'public' ELSE pg_get_userbyid(role) END, ', '
                                 ORDER BY pg_get_userbyid(role)) FROM unnest(polroles) AS role)),
    ('using', pg_get_expr(polqual, polrelid)),
    ('with check', pg_get_expr(polwithcheck, polrelid)),
    ('comment', obj_description(y.oid, 'pg_policy'))
) AS p (property, value)
WHERE value IS NOT NULL

UNION ALL
SELECT CASE typtype WHEN 'd' THEN 'domain' ELSE 'type' END, prefix || quote_ident(typname), property, value, NULL
FROM pg_type AS t
JOIN space ON space.oid = typnamespace
CROSS JOIN LATERAL (VALUES
    ('owner', pg_get_userbyid(typowner)::text),
    ('values', (SELECT string_agg(quote_literal(enumlabel), ', ' ORDER BY enumsortorder)
                FROM pg_enum WHERE enumtypid = t.oid)),
    ('definition', CASE typtype WHEN 'd' THEN
        concat(format_type(typbasetype, typtypmod), CASE WHEN typnotnull THEN ' not null' END, ' default ' || typdefault) END),
    ('collation', CASE WHEN typtype = 'd' AND typcollation <> 0 THEN
        (SELECT quote_ident(collname) FROM pg_collation WHERE pg_collation.oid = typcollation) END),
    ('subtype', (SELECT concat_ws(' ', rngsubtype::regtype, rngcanonical::regproc, rngsubdiff::regproc)
                 FROM pg_range WHERE rngtypid = t.oid)),
    ('privileges', (SELECT string_agg(item::text, ', ' ORDER BY item::text)
                    FROM unnest(coalesce(typacl, acldefault('T', typowner))) AS item)),
    ('comment', obj_description(t.oid, 'pg_type'))
) AS p (property, value)
WHERE typrelid = 0 AND typtype <> 'm' AND NOT (typcategory = 'A' AND typelem <> 0) AND value IS NOT NULL
  AND NOT EXISTS (SELECT FROM member WHERE classid = 'pg_type'::regclass AND objid = t.oid)

UNION ALL
SELECT 'constraint', quote_ident(conname) || ' of ' || prefix || quote_ident(typname), 'definition',
    pg_get_constraintdef(k.oid), NULL
FROM pg_constraint AS k JOIN pg_type AS t ON t.oid = contypid JOIN space ON space.oid = typnamespace
WHERE NOT EXISTS (SELECT FROM member WHERE classid = 'pg_type'::regclass AND objid = t.oid)

UNION ALL
SELECT CASE prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' ELSE 'function' END,
    concat(prefix, quote_ident(proname), '(', pg_get_function_identity_arguments(f.oid), ')'), property, value, NULL
FROM pg_proc AS f
JOIN space ON space.oid = pronamespace
CROSS JOIN LATERAL (VALUES
    ('owner', pg_get_userbyid(proowner)::text),
    ('definition', CASE WHEN prokind <> 'a' THEN pg_get_functiondef(f.oid) ELSE
        (SELECT concat_ws(' ', aggtransfn, aggfinalfn, aggcombinefn, aggtranstype::regtype, agginitval,
                          aggsortop::regoper, aggmtransfn, aggminitval)
         FROM pg_aggregate WHERE aggfnoid = f.oid) END),
    ('privileges', (SELECT string_agg(item::text, ', ' ORDER BY item::text)
                    FROM unnest(coalesce(proacl, acldefault('f', proowner))) AS item)),
    ('comment', obj_description(f.oid, 'pg_proc'))
) AS p (property, value)
WHERE value IS NOT NULL
  AND NOT EXISTS (SELECT FROM member WHERE classid = 'pg_proc'::regclass AND objid = f.oid)

UNION ALL
SELECT 'extension', quote_ident(extname), property, value, NULL
FROM pg_extension AS e, LATERAL (VALUES
    ('version', extversion),
    ('schema', extnamespace::regnamespace::text),
    -- The server gives each a comment of its own.
    ('comment', NULLIF(obj_description(e.oid, 'pg_extension'),
        (SELECT comment FROM pg_available_extensions() AS a WHERE a.name = extname)))
) AS p (property, value)
WHERE value IS NOT NULL

UNION ALL
SELECT 'statistics', space.prefix || quote_ident(stxname), property, value, c.name
FROM pg_statistic_ext AS s
JOIN space ON space.oid = stxnamespace
JOIN relation AS c ON c.oid = stxrelid
CROSS JOIN LATERAL (VALUES
    ('definition', pg_get_statisticsobjdef(s.oid)),
    ('comment', obj_description(s.oid, 'pg_statistic_ext'))
) AS p (property, value)
WHERE value IS NOT NULL

UNION ALL
SELECT 'publication', quote_ident(pubname), property, value, NULL
FROM pg_publication AS b, LATERAL (VALUES
    ('owner', pg_get_userbyid(pubowner)::text),
    ('options', (to_jsonb(b) - 'oid' - 'pubname' - 'pubowner')::text),
    ('tables', CASE WHEN NOT puballtables THEN
        (SELECT string_agg((to_jsonb(t) - 'pubname' - CASE WHEN to_jsonb(r) ->> 'prattrs' IS NULL THEN 'attnames' ELSE '' END)::text,
                           ', ' ORDER BY t.schemaname, t.tablename)
         FROM pg_publication_tables AS t
         -- Without a list of its own a table is sent with all columns that it has.
         LEFT JOIN pg_publication_rel AS r ON prpubid = b.oid
             AND prrelid = format('%I.%I', t.schemaname, t.tablename)::regclass
         WHERE t.pubname = b.pubname) END),
    ('comment', obj_description(b.oid, 'pg_publication'))
) AS p (property, value)
WHERE value IS NOT NULL

UNION ALL
SELECT 'event trigger', quote_ident(evtname), 'definition',
    concat_ws(' ', evtevent, evtfoid::regproc, evtenabled, evttags::text, pg_get_userbyid(evtowner)), NULL
FROM pg_event_trigger AS e
WHERE NOT EXISTS (SELECT FROM member WHERE classid = 'pg_event_trigger'::regclass AND objid = e.oid)

UNION ALL
SELECT 'default privileges',
    concat_ws(' ', 'of', pg_get_userbyid(defaclrole), 'on', CASE defaclobjtype WHEN 'r' THEN 'tables'
        WHEN 'S' THEN 'sequences' WHEN 'f' THEN 'functions' WHEN 'T' THEN 'types' WHEN 'n' THEN 'schemas'
        ELSE defaclobjtype::text END, 'in ' || NULLIF(defaclnamespace, 0)::regnamespace::text),
    'privileges',
    (SELECT string_agg(item::text, ', ' ORDER BY item::text) FROM unnest(defaclacl) AS item), NULL
FROM pg_default_acl

UNION ALL
SELECT 'cast', concat(castsource::regtype, ' as ', casttarget::regtype), 'definition',
    concat_ws(' ', NULLIF(castfunc, 0)::regprocedure, castcontext, castmethod), NULL
FROM pg_cast AS c
WHERE c.oid >= 16384 AND NOT EXISTS (SELECT FROM member WHERE classid = 'pg_cast'::regclass AND objid = c.oid)

UNION ALL
SELECT 'operator', o.oid::regoperator::text, 'definition',
    concat_ws(' ', oprcode, oprcom::regoperator, oprnegate::regoperator, oprrest, oprjoin, oprcanmerge, oprcanhash), NULL
FROM pg_operator AS o JOIN space ON space.oid = oprnamespace
WHERE NOT EXISTS (SELECT FROM member WHERE classid = 'pg_operator'::regclass AND objid = o.oid)

UNION ALL
SELECT 'collation', prefix || quote_ident(collname), 'definition',
    concat_ws(' ', collprovider, collisdeterministic, collcollate, collctype,
        coalesce(to_jsonb(l) ->> 'colllocale', to_jsonb(l) ->> 'colliculocale')), NULL
FROM pg_collation AS l JOIN space ON space.oid = collnamespace
WHERE NOT EXISTS (SELECT FROM member WHERE classid = 'pg_collation'::regclass AND objid = l.oid)

UNION ALL
SELECT 'text search configuration', prefix || quote_ident(cfgname), 'mappings',
    coalesce((SELECT string_agg(concat_ws(' ', maptokentype, mapseqno, mapdict::regdictionary), ', ' ORDER BY maptokentype, mapseqno)
              FROM pg_ts_config_map WHERE mapcfg = g.oid), ''), NULL
FROM pg_ts_config AS g JOIN space ON space.oid = cfgnamespace
WHERE NOT EXISTS (SELECT FROM member WHERE classid = 'pg_ts_config'::regclass AND objid = g.oid)

UNION ALL
SELECT 'text search dictionary', prefix || quote_ident(dictname), 'options', coalesce(dictinitoption, ''), NULL
FROM pg_ts_dict AS d JOIN space ON space.oid = dictnamespace
WHERE NOT EXISTS (SELECT FROM member WHERE classid = 'pg_ts_dict'::regclass AND objid = d.oid)

UNION ALL
SELECT 'foreign data wrapper', quote_ident(fdwname), 'options', concat_ws(' ', fdwhandler::regproc, fdwvalidator::regproc, fdwoptions::text), NULL
FROM pg_foreign_data_wrapper AS w
WHERE NOT EXISTS (SELECT FROM member WHERE classid = 'pg_foreign_data_wrapper'::regclass AND objid = w.oid)

UNION ALL
SELECT 'server', quote_ident(srvname), 'options',
    concat_ws(' ', (SELECT fdwname FROM pg_foreign_data_wrapper AS w WHERE w.oid = srvfdw), srvtype, srvversion, srvoptions::text), NULL
FROM pg_foreign_server

UNION ALL
SELECT 'user mapping', concat_ws(' ', usename, 'for', srvname), 'options', coalesce(umoptions::text, ''), NULL
FROM pg_user_mappings

UNION ALL
-- What has no definition here is at least known by its name.
SELECT type, identity, 'exists', 'yes', NULL
FROM (
    SELECT 'pg_opclass'::regclass AS classid, o.oid FROM pg_opclass AS o JOIN space ON space.oid = opcnamespace
    UNION ALL SELECT 'pg_opfamily'::regclass, o.oid FROM pg_opfamily AS o JOIN space ON space.oid = opfnamespace
    UNION ALL SELECT 'pg_conversion'::regclass, o.oid FROM pg_conversion AS o JOIN space ON space.oid = connamespace
    UNION ALL SELECT 'pg_ts_parser'::regclass, o.oid FROM pg_ts_parser AS o JOIN space ON space.oid = prsnamespace
    UNION ALL SELECT 'pg_ts_template'::regclass, o.oid FROM pg_ts_template AS o JOIN space ON space.oid = tmplnamespace
    UNION ALL SELECT 'pg_language'::regclass, o.oid FROM pg_language AS o WHERE o.oid >= 16384
    UNION ALL SELECT 'pg_am'::regclass, o.oid FROM pg_am AS o WHERE o.oid >= 16384
    UNION ALL SELECT 'pg_transform'::regclass, o.oid FROM pg_transform AS o
) AS other, pg_identify_object(other.classid, other.oid, 0)
WHERE NOT EXISTS (SELECT FROM member WHERE member.classid = other.classid AND objid = other.oid)

UNION ALL
SELECT 'setting', concat_ws(' ', split_part(setting, '=', 1), 'of ' || NULLIF(pg_get_userbyid(setrole), 'unknown (OID=0)')),
    'value', split_part(setting, '=', 2), NULL
FROM pg_db_role_setting, unnest(setconfig) AS setting
WHERE setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())

ORDER BY 1, 2, 3
