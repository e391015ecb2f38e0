-- Raises unless the history's tables are ordinary tables exactly as we make them, without anything
-- that runs code or hides rows, and, before a write, unless a trusted role owns them. A missing table
-- is fine here, except the events' where the history is there. Code in a table's trigger, rule or policy would run with the rights of whoever migrates.
DO {quote}
DECLARE
    found record;
    twice record;
BEGIN
    WITH RECURSIVE ours (name, role, known_layout, made) AS (
        VALUES ({history_text}, 'history', {layout}, ''), ({events_text}, 'events', {layout}, {make_events}),
               ({failures_text}, 'failures', {layout}, {make_failures})
    ), relations AS (
        SELECT o.name, o.role, o.known_layout, o.made, c.oid, c.relname, c.relkind, c.relowner, c.relpersistence, c.relispartition,
               COALESCE(pg_catalog.substring(pg_catalog.obj_description(c.oid, 'pg_class'),
                                             'extended to ([0-9]+)')::integer, 0) AS layout,
               COALESCE(pg_catalog.obj_description(c.oid, 'pg_class'), '') LIKE 'pgstrata history%' AS is_marked
        FROM ours AS o
        JOIN pg_catalog.pg_class AS c ON c.oid = pg_catalog.to_regclass(o.name)
    ), expected (role, place, name, type, required, default_value, is_identity) AS (
        VALUES {columns}
    ), actual AS (
        SELECT t.name AS table_name, t.oid, t.layout > t.known_layout AS is_newer, t.layout < t.known_layout AS is_older, t.role, a.attnum, a.attname::text AS name,
               pg_catalog.format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull AS required,
               COALESCE(pg_catalog.pg_get_expr(d.adbin, d.adrelid), '') AS default_value,
               a.attidentity = 'a' AS is_identity, a.attidentity = 'd' AS is_by_default,
               a.attgenerated = '' AS is_stored, a.attgenerated = '' AND a.attcollation IN (0, y.typcollation) AS is_plain
        FROM relations AS t
        JOIN pg_catalog.pg_attribute AS a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
        JOIN pg_catalog.pg_type AS y ON y.oid = a.atttypid
        LEFT JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE t.relkind = 'r'
    ), lacking AS (
        -- Columns of later layouts come with the upgrade.
        SELECT t.oid, e.*
        FROM relations AS t JOIN expected AS e ON e.role = t.role AND (e.place = 0 OR t.layout >= t.known_layout)
        WHERE t.relkind = 'r' AND NOT EXISTS (SELECT FROM actual AS a WHERE a.oid = t.oid AND a.name = e.name)
    ), extra AS (
        SELECT a.*
        FROM actual AS a LEFT JOIN expected AS e ON e.role = a.role AND e.name = a.name
        WHERE e.name IS NULL AND NOT (a.is_newer AND NOT a.required AND a.default_value = '' AND a.is_plain AND NOT a.is_identity AND NOT a.is_by_default)
    ), renamed AS (
        -- Where it can only be one, its values are still there.
        SELECT l.oid, pg_catalog.min(x.name) AS name, pg_catalog.min(l.name) AS wanted
        FROM lacking AS l JOIN extra AS x ON x.oid = l.oid AND x.type = l.type
        GROUP BY l.oid, l.type HAVING pg_catalog.count(*) = 1
    ), lost AS (
        SELECT l.* FROM lacking AS l
        WHERE NOT EXISTS (SELECT FROM renamed AS n WHERE n.oid = l.oid AND n.wanted = l.name)
    ), others AS (
        -- What only has the name of a table of ours.
        SELECT t.* FROM relations AS t
        WHERE t.relkind = 'r' AND NOT t.is_marked
          AND EXISTS (SELECT FROM lost AS l WHERE l.oid = t.oid AND l.required AND l.default_value = '')
    ), tables AS (
        SELECT t.* FROM relations AS t WHERE t.relkind = 'r' AND NOT EXISTS (SELECT FROM others AS o WHERE o.oid = t.oid)
    ), defined AS (
        SELECT t.name AS table_name, t.role, t.layout, i.indexrelid, c.conname, c.contype, pg_catalog.concat(
                   CASE WHEN i.indisprimary THEN 'primary ' WHEN i.indisunique THEN 'unique ' END,
                   (SELECT pg_catalog.string_agg(COALESCE(a.attname::text, 'an expression'), ',' ORDER BY k.place)
                    FROM pg_catalog.unnest(i.indkey::smallint[]) WITH ORDINALITY AS k (number, place)
                    LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k.number),
                   ' ' || pg_catalog.pg_get_expr(i.indpred, i.indrelid),
                   CASE WHEN NOT i.indisvalid THEN ' invalid' END, CASE WHEN NOT i.indimmediate THEN ' deferrable' END,
                   CASE WHEN pg_catalog.pg_get_indexdef(i.indexrelid) LIKE '% NULLS NOT DISTINCT%' THEN ' nulls not distinct' END,
                   -- Either may call other rows equal.
                   CASE WHEN EXISTS (SELECT FROM pg_catalog.pg_opclass AS o WHERE o.oid = ANY (i.indclass::pg_catalog.oid[]) AND NOT o.opcdefault)
                          OR EXISTS (SELECT FROM pg_catalog.pg_attribute AS a
                                     JOIN ROWS FROM (pg_catalog.unnest(i.indkey::smallint[]), pg_catalog.unnest(i.indcollation::pg_catalog.oid[])) AS k (number, indcollation)
                                       ON a.attrelid = i.indrelid AND a.attnum = k.number WHERE a.attcollation <> k.indcollation)
                        THEN ' compared in another way' END
               ) AS definition
        FROM tables AS t JOIN pg_catalog.pg_index AS i ON i.indrelid = t.oid
        LEFT JOIN pg_catalog.pg_constraint AS c ON c.conindid = i.indexrelid AND c.conrelid = t.oid AND c.contype IN ('p', 'u', 'x')
    ), indexes AS (
        SELECT d.*, pg_catalog.row_number() OVER (PARTITION BY d.table_name, d.definition ORDER BY d.contype, d.indexrelid) AS number
        FROM defined AS d
    ), granted (oid) AS (
        SELECT r.oid FROM pg_catalog.pg_roles AS r WHERE r.rolname = current_user
        UNION
        SELECT m.roleid FROM granted AS g JOIN pg_catalog.pg_auth_members AS m ON m.member = g.oid
    ), trusted (oid) AS (
        SELECT g.oid FROM granted AS g
        UNION ALL
        SELECT r.oid FROM pg_catalog.pg_roles AS r WHERE r.rolsuper OR r.rolname = ANY ({owners}::text[])
        UNION ALL
        SELECT d.datdba FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database()
    ), making AS (
        -- A table that has to be made where there is a history, and belong to whom that belongs to.
        SELECT o.name, pg_catalog.concat(' ', o.made, ' ALTER TABLE ', o.name, ' OWNER TO ', pg_catalog.quote_ident(
                   CASE WHEN t.relowner IN (SELECT r.oid FROM trusted AS r) THEN pg_catalog.pg_get_userbyid(t.relowner) ELSE current_user END), ';') AS statement
        FROM ours AS o CROSS JOIN tables AS t
        WHERE t.role = 'history' AND o.role <> 'history'
    ), offences (place, name, message, repair) AS (
        SELECT 1, t.name, pg_catalog.concat(t.name, ' is ', k.article, pg_catalog.lower(k.kind), ', not an ordinary table'),
               pg_catalog.concat('ALTER ', k.kind, ' ', t.name, ' RENAME TO ',
                                 pg_catalog.quote_ident(pg_catalog.substr(t.relname, 1, 40) || '_renamed'), ';', m.statement)
        FROM relations AS t LEFT JOIN making AS m ON m.name = t.name
        CROSS JOIN LATERAL (SELECT CASE t.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'f' THEN 'FOREIGN TABLE'
            WHEN 'p' THEN 'TABLE' WHEN 'S' THEN 'SEQUENCE' WHEN 'c' THEN 'TYPE' ELSE 'INDEX' END AS kind,
            CASE t.relkind WHEN 'p' THEN 'a partitioned ' WHEN 'i' THEN 'an ' WHEN 'I' THEN 'an ' ELSE 'a ' END AS article) AS k
        WHERE t.relkind <> 'r'
        UNION ALL
        SELECT 1, t.name, pg_catalog.concat(t.name, ' is not a table of pgstrata''s: it lacks the columns ',
                   (SELECT pg_catalog.string_agg(l.name, ', ' ORDER BY l.name) FROM lost AS l WHERE l.oid = t.oid)),
               pg_catalog.concat('ALTER TABLE ', t.name, ' RENAME TO ',
                                 pg_catalog.quote_ident(pg_catalog.substr(t.relname, 1, 40) || '_renamed'), ';', m.statement)
        FROM others AS t LEFT JOIN making AS m ON m.name = t.name
        UNION ALL
        -- A table could not be made beside it, since it would have a type of the same name.
        SELECT 1, o.name, pg_catalog.concat(o.name, ' is a type, not an ordinary table'),
               pg_catalog.concat('ALTER TYPE ', o.name, ' RENAME TO ',
                                 pg_catalog.quote_ident(pg_catalog.substr(y.typname, 1, 40) || '_renamed'), ';')
        FROM ours AS o JOIN pg_catalog.pg_type AS y ON y.oid = pg_catalog.to_regtype(o.name)
        WHERE pg_catalog.to_regclass(o.name) IS NULL AND NOT EXISTS (SELECT FROM pg_catalog.pg_type AS i WHERE i.typarray = y.oid)
        UNION ALL
        SELECT 2, o.name, pg_catalog.concat(o.name, ' is missing, though the history is there'), pg_catalog.ltrim(m.statement)
        FROM ours AS o JOIN making AS m ON m.name = o.name
        WHERE o.role = 'events' AND pg_catalog.to_regclass(o.name) IS NULL
        UNION ALL
        SELECT 2, t.name, pg_catalog.concat('row security hides rows of ', t.name, ' from ', current_user,
                   COALESCE((SELECT pg_catalog.concat(' (policies: ', pg_catalog.string_agg(p.polname::text, ', ' ORDER BY p.polname), ')')
                             FROM pg_catalog.pg_policy AS p WHERE p.polrelid = t.oid HAVING pg_catalog.count(*) > 0),
                            ' (it is enabled without a policy)')),
               pg_catalog.concat('ALTER TABLE ', t.name, ' DISABLE ROW LEVEL SECURITY;')
        FROM tables AS t WHERE pg_catalog.row_security_active(t.oid)
        UNION ALL
        -- The triggers of a foreign key and of a deferrable constraint go with it, which is named below.
        SELECT 3, t.name, pg_catalog.concat(t.name, ' has the trigger ', pg_catalog.quote_ident(g.tgname)),
               pg_catalog.concat('DROP TRIGGER ', pg_catalog.quote_ident(g.tgname), ' ON ', t.name, ';')
        FROM tables AS t JOIN pg_catalog.pg_trigger AS g ON g.tgrelid = t.oid
        WHERE NOT g.tgisinternal OR NOT EXISTS (
            SELECT FROM pg_catalog.pg_constraint AS f WHERE f.oid = g.tgconstraint AND t.oid IN (f.conrelid, f.confrelid))
        UNION ALL
        SELECT 4, t.name, pg_catalog.concat('the foreign key ', pg_catalog.quote_ident(f.conname), ' of ', f.conrelid::pg_catalog.regclass,
                   ' refers to ', t.name, ', which gives it triggers'),
               pg_catalog.concat('ALTER TABLE ', f.conrelid::pg_catalog.regclass, ' DROP CONSTRAINT ', pg_catalog.quote_ident(f.conname), ';')
        FROM tables AS t JOIN pg_catalog.pg_constraint AS f ON f.confrelid = t.oid AND f.conrelid <> t.oid
        -- That of a partition goes with that of its parent.
        WHERE f.contype = 'f' AND f.conparentid = 0
        UNION ALL
        SELECT 5, t.name, pg_catalog.concat(t.name, ' has the rule ', pg_catalog.quote_ident(r.rulename)),
               pg_catalog.concat('DROP RULE ', pg_catalog.quote_ident(r.rulename), ' ON ', t.name, ';')
        FROM tables AS t JOIN pg_catalog.pg_rewrite AS r ON r.ev_class = t.oid
        UNION ALL
        SELECT 6, t.name, pg_catalog.concat(t.name, ' has the policy ', pg_catalog.quote_ident(p.polname)),
               pg_catalog.concat('DROP POLICY ', pg_catalog.quote_ident(p.polname), ' ON ', t.name, ';')
        FROM tables AS t JOIN pg_catalog.pg_policy AS p ON p.polrelid = t.oid
        UNION ALL
        -- The planner evaluates constant expressions in them, with the rights of whoever reads.
        SELECT 7, t.name, pg_catalog.concat(t.name, ' has the statistics ', pg_catalog.quote_ident(n.nspname), '.', pg_catalog.quote_ident(x.stxname)),
               pg_catalog.concat('DROP STATISTICS ', pg_catalog.quote_ident(n.nspname), '.', pg_catalog.quote_ident(x.stxname), ';')
        FROM tables AS t JOIN pg_catalog.pg_statistic_ext AS x ON x.stxrelid = t.oid
        JOIN pg_catalog.pg_namespace AS n ON n.oid = x.stxnamespace
        UNION ALL
        SELECT 8, t.name, pg_catalog.concat(t.name, CASE WHEN t.relispartition THEN ' is a partition of ' ELSE ' inherits from ' END, i.inhparent::pg_catalog.regclass),
               CASE WHEN t.relispartition
                    THEN pg_catalog.concat('ALTER TABLE ', i.inhparent::pg_catalog.regclass, ' DETACH PARTITION ', t.name, ';')
                    ELSE pg_catalog.concat('ALTER TABLE ', t.name, ' NO INHERIT ', i.inhparent::pg_catalog.regclass, ';') END
        FROM tables AS t JOIN pg_catalog.pg_inherits AS i ON i.inhrelid = t.oid
        UNION ALL
        SELECT 9, t.name, pg_catalog.concat(t.name, ' has the child ', i.inhrelid::pg_catalog.regclass),
               pg_catalog.concat('ALTER TABLE ', i.inhrelid::pg_catalog.regclass, ' NO INHERIT ', t.name, ';')
        FROM tables AS t JOIN pg_catalog.pg_inherits AS i ON i.inhparent = t.oid
        UNION ALL
        SELECT 10, t.name, pg_catalog.concat(t.name, ' has the constraint ', pg_catalog.quote_ident(c.conname), ', which pgstrata does not make: ',
                   pg_catalog.pg_get_constraintdef(c.oid)),
               pg_catalog.concat('ALTER TABLE ', t.name, ' DROP CONSTRAINT ', pg_catalog.quote_ident(c.conname), ';')
        FROM tables AS t JOIN pg_catalog.pg_constraint AS c ON c.conrelid = t.oid
        -- Keys are judged by their index, and a constraint trigger is named above.
        WHERE c.contype NOT IN ('p', 'u', 'n', 't') AND NOT (t.role = 'history' AND c.contype = 'c' AND pg_catalog.pg_get_constraintdef(c.oid) IN (
            'CHECK ((version >= 0))',
            'CHECK ((state = ANY (ARRAY[''applied''::text, ''applying''::text, ''rolling back''::text])))'))
        UNION ALL
        SELECT 11, i.table_name, pg_catalog.concat(i.table_name, ' has an index that pgstrata does not make: ', i.indexrelid::pg_catalog.regclass,
                   ' (', i.definition, ')'),
               CASE WHEN i.contype IS NULL THEN pg_catalog.concat('DROP INDEX ', i.indexrelid::pg_catalog.regclass, ';')
                    ELSE pg_catalog.concat('ALTER TABLE ', i.table_name, ' DROP CONSTRAINT ', pg_catalog.quote_ident(i.conname), ';') END
        FROM indexes AS i
        WHERE i.contype IS DISTINCT FROM 'x' AND (i.number > 1 OR (i.role, i.definition) NOT IN (('history', 'primary attempt'),
            ('history', 'unique version'), ('history', 'unique label (version IS NULL)'),
            ('events', 'primary attempt,action'))
            -- Of layout 1.
            AND NOT (i.layout = 0 AND i.role = 'history' AND i.definition = 'primary version'))
        UNION ALL
        SELECT 12, a.table_name, pg_catalog.concat('the column ', pg_catalog.quote_ident(a.name), ' of ', a.table_name, ' is ',
                   a.type, CASE WHEN a.required THEN ' NOT NULL' END,
                   CASE WHEN a.default_value <> '' THEN ' DEFAULT ' || a.default_value END,
                   CASE WHEN a.is_identity THEN ' GENERATED ALWAYS AS IDENTITY' WHEN a.is_by_default THEN ' GENERATED BY DEFAULT AS IDENTITY' END,
                   CASE WHEN NOT a.is_plain THEN ', generated or with a collation' END,
                   ', where pgstrata makes ', e.type, CASE WHEN e.required THEN ' NOT NULL' END,
                   CASE WHEN e.default_value <> '' THEN ' DEFAULT ' || e.default_value END,
                   CASE WHEN e.is_identity THEN ' GENERATED ALWAYS AS IDENTITY' END),
               CASE WHEN a.is_stored
                    THEN pg_catalog.concat_ws(' ', 'ALTER TABLE ' || a.table_name || ' ' || NULLIF(pg_catalog.concat_ws(', ',
                        CASE WHEN a.default_value NOT IN ('', e.default_value) THEN c.alters || ' DROP DEFAULT' END,
                        CASE WHEN a.is_by_default AND e.is_identity THEN c.alters || ' SET GENERATED ALWAYS'
                             WHEN a.is_identity AND NOT e.is_identity OR a.is_by_default THEN c.alters || ' DROP IDENTITY' END,
                        CASE WHEN (a.type, a.is_plain) <> (e.type, true)
                             THEN pg_catalog.concat(c.alters, ' TYPE ', e.type, ' USING ', pg_catalog.quote_ident(a.name), '::', e.type) END,
                        CASE WHEN e.default_value NOT IN ('', a.default_value) THEN c.alters || ' SET DEFAULT ' || e.default_value END,
                        CASE WHEN a.required AND NOT e.required THEN c.alters || ' DROP NOT NULL'
                             WHEN e.required AND NOT a.required THEN c.alters || ' SET NOT NULL' END), '') || ';',
                        CASE WHEN e.is_identity AND NOT (a.is_identity OR a.is_by_default)
                             THEN pg_catalog.concat('ALTER TABLE ', a.table_name, ' ', c.alters, ' ADD GENERATED ALWAYS AS IDENTITY; ', {set_sequence}) END)
                    ELSE 'compare it with a new database''s history and alter it back' END
        FROM tables AS t JOIN actual AS a ON a.oid = t.oid JOIN expected AS e ON e.role = a.role AND e.name = a.name
        CROSS JOIN LATERAL (SELECT 'ALTER COLUMN ' || pg_catalog.quote_ident(a.name) AS alters) AS c
        WHERE (a.type, a.default_value, a.is_identity, a.is_by_default, a.is_plain) <> (e.type, e.default_value, e.is_identity, false, true)
           -- Layout 1 required a version.
           OR a.required <> e.required AND NOT (a.is_older AND a.name = 'version')
        UNION ALL
        SELECT 13, x.table_name, pg_catalog.concat(x.table_name, ' has the column ', pg_catalog.quote_ident(x.name), ', which pgstrata does not make',
                   ', and lacks the column ' || n.wanted),
               pg_catalog.concat('ALTER TABLE ', x.table_name, CASE WHEN n.name IS NULL THEN ' DROP' ELSE ' RENAME' END,
                   ' COLUMN ', pg_catalog.quote_ident(x.name), ' TO ' || pg_catalog.quote_ident(n.wanted), ';')
        FROM tables AS t JOIN extra AS x ON x.oid = t.oid LEFT JOIN renamed AS n ON n.oid = x.oid AND n.name = x.name
        UNION ALL
        -- What an older program would not have written either, may be empty.
        SELECT 14, t.name, pg_catalog.concat(t.name, ' lacks the column ', l.name),
               CASE WHEN l.place = 1 OR l.role <> 'history' AND NOT l.required AND l.name <> 'version'
                    THEN pg_catalog.concat('ALTER TABLE ', t.name, ' ADD COLUMN ', l.name, ' ', l.type, CASE WHEN l.required THEN ' NOT NULL' END,
                                           ' DEFAULT ' || NULLIF(l.default_value, ''), ';')
                    ELSE 'restore the table from a backup' END
        FROM tables AS t JOIN lost AS l ON l.oid = t.oid
        UNION ALL
        SELECT 15, t.name, pg_catalog.concat(t.name, ' lacks its index: ', e.definition), pg_catalog.concat(e.before, t.name, e.after, ';')
        FROM tables AS t
        JOIN (VALUES ('history', 'primary attempt', 'ALTER TABLE ', ' ADD PRIMARY KEY (attempt)', '{attempt}'::text[]),
                     ('history', 'unique version', 'ALTER TABLE ', ' ADD UNIQUE (version)', '{version}'),
                     ('history', 'unique label (version IS NULL)', 'CREATE UNIQUE INDEX ON ', ' (label) WHERE version IS NULL', '{label,version}'),
                     ('events', 'primary attempt,action', 'ALTER TABLE ', ' ADD PRIMARY KEY (attempt, action)', '{attempt,action}')
             ) AS e (role, definition, before, after, columns) ON e.role = t.role
        WHERE NOT EXISTS (
            SELECT FROM indexes AS i WHERE i.role = e.role AND (i.definition = e.definition OR t.layout = 0 AND i.definition = 'primary version'))
          AND NOT EXISTS (SELECT FROM lost AS l WHERE l.oid = t.oid AND l.name = ANY (e.columns))
        UNION ALL
        SELECT 16, t.name, pg_catalog.concat(t.name, ' lacks its constraint: ', e.definition), pg_catalog.concat('ALTER TABLE ', t.name, ' ADD ', e.definition, ';')
        FROM tables AS t
        CROSS JOIN (VALUES ('CHECK ((version >= 0))', 'version'),
            ('CHECK ((state = ANY (ARRAY[''applied''::text, ''applying''::text, ''rolling back''::text])))', 'state')) AS e (definition, name)
        WHERE t.role = 'history' AND NOT EXISTS (SELECT FROM lost AS l WHERE l.oid = t.oid AND l.name = e.name) AND NOT EXISTS (
            SELECT FROM pg_catalog.pg_constraint AS c WHERE c.conrelid = t.oid AND pg_catalog.pg_get_constraintdef(c.oid) = e.definition)
        UNION ALL
        SELECT 17, t.name, pg_catalog.concat(t.name, CASE t.relpersistence WHEN 'u' THEN ' is not logged: a crash of the server empties it'
                                                                  ELSE ' is temporary: it ends with the session' END),
               CASE t.relpersistence WHEN 'u' THEN pg_catalog.concat('ALTER TABLE ', t.name, ' SET LOGGED;') ELSE 'keep the history in another schema' END
        FROM tables AS t WHERE t.relpersistence <> 'p'
        UNION ALL
        SELECT 18, t.name, pg_catalog.concat(t.name, ' belongs to the role ', pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(t.relowner)),
                   ', which is not trusted: it is neither ', pg_catalog.quote_ident(current_user::text), ' nor granted to it, no superuser, does not own the database, '
                   'and is not named as history-owner; its owner can add code that runs with your rights'),
               pg_catalog.concat('ALTER TABLE ', t.name, ' OWNER TO ', pg_catalog.quote_ident(current_user::text), ';')
        FROM tables AS t
        WHERE {writes} AND t.relowner NOT IN (SELECT r.oid FROM trusted AS r)
    )
    SELECT pg_catalog.string_agg(o.message, pg_catalog.chr(10) ORDER BY o.place, o.name, o.message) AS messages,
           pg_catalog.string_agg(o.repair, pg_catalog.chr(10) ORDER BY o.place, o.name, o.message) AS repairs,
           pg_catalog.bool_and(o.place IN (15, 16)) AND pg_catalog.bool_or(o.place = 15) AS is_only_about_keys
    INTO found
    FROM offences AS o;
    -- A key can only be added again where its values differ. Nothing else is wrong with the tables, so
    -- to read them runs nobody's code.
    IF found.is_only_about_keys AND pg_catalog.has_table_privilege(pg_catalog.to_regclass({history_text}), 'SELECT')
       AND pg_catalog.has_table_privilege(pg_catalog.to_regclass({events_text}), 'SELECT') THEN
        SELECT pg_catalog.string_agg(pg_catalog.concat(d.name, ' has rows that no key allows beside each other, of ', d.what, ': ', d.labels,
                                     '; delete the wrong ones'), pg_catalog.chr(10) ORDER BY d.name, d.what) AS messages,
               pg_catalog.string_agg(pg_catalog.concat('SELECT ctid, * FROM ', d.name, ' WHERE ', d.what, ';'), pg_catalog.chr(10) ORDER BY d.name, d.what) AS repairs
        INTO twice
        FROM (
            SELECT {history_text} AS name, 'version = ' || h.version AS what, pg_catalog.string_agg(h.label, ', ' ORDER BY h.label) AS labels
            FROM ONLY {history} AS h WHERE h.version IS NOT NULL GROUP BY h.version HAVING pg_catalog.count(*) > 1
            UNION ALL
            SELECT {history_text}, 'version IS NULL AND label = ' || pg_catalog.quote_literal(h.label), pg_catalog.string_agg(h.label, ', ')
            FROM ONLY {history} AS h WHERE h.version IS NULL GROUP BY h.label HAVING pg_catalog.count(*) > 1
            UNION ALL
            SELECT {history_text}, 'attempt = ' || h.attempt, pg_catalog.string_agg(h.label, ', ' ORDER BY h.label)
            FROM ONLY {history} AS h GROUP BY h.attempt HAVING pg_catalog.count(*) > 1
            UNION ALL
            SELECT {events_text}, pg_catalog.concat('attempt = ', e.attempt, ' AND action = ', pg_catalog.quote_literal(e.action)),
                   pg_catalog.string_agg(e.label, ', ' ORDER BY e.label)
            FROM ONLY {events} AS e GROUP BY e.attempt, e.action HAVING pg_catalog.count(*) > 1
        ) AS d;
        found.messages := pg_catalog.concat_ws(pg_catalog.chr(10), twice.messages, found.messages);
        found.repairs := pg_catalog.concat_ws(pg_catalog.chr(10), twice.repairs, found.repairs);
    END IF;
    IF found.messages IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'PGSHI', MESSAGE = found.messages, HINT = found.repairs;
    END IF;
END
{quote}
