-- What to do about a statement that refuses transactions, by what its target was before and is
-- now. The snapshot that is kept as the intent holds of our session its pid and start, of the
-- target its oid, or 0 where it is absent, and whether it is sound, and then the invalid indexes
-- that an earlier REINDEX CONCURRENTLY has left. `judge_names.sql` has resolved the names on the
-- session's search path. {before} is one; {has_begun} says whether it was
-- taken by an earlier run.
WITH known AS (
    SELECT NULLIF(pg_catalog.current_setting('pgstrata.name'), '')::oid AS name,
           NULLIF(pg_catalog.current_setting('pgstrata.table'), '')::oid AS home
), named AS (
    SELECT CASE {kind}
               WHEN 'create index' THEN (
                   SELECT c.oid FROM pg_catalog.pg_class AS c
                   JOIN pg_catalog.pg_class AS t ON t.relnamespace = c.relnamespace
                   WHERE t.oid = (SELECT k.home FROM known AS k)
                     AND c.relname = (pg_catalog.parse_ident({name}))[1])
               WHEN 'detach partition' THEN (
                   SELECT i.inhrelid FROM pg_catalog.pg_inherits AS i
                   WHERE i.inhparent = (SELECT k.home FROM known AS k)
                     AND i.inhrelid = (SELECT k.name FROM known AS k))
               WHEN 'reindex schema' THEN pg_catalog.to_regnamespace({name})::oid
               WHEN 'reindex database' THEN NULL
               ELSE (SELECT k.name FROM known AS k)
           END AS object,
           CASE WHEN {kind} IN ('create index', 'detach partition') THEN (SELECT k.home FROM known AS k)
                WHEN {kind} IN ('drop index', 'reindex index') THEN (
                    SELECT i.indrelid FROM pg_catalog.pg_index AS i
                    WHERE i.indexrelid = (SELECT k.name FROM known AS k))
                WHEN {kind} = 'reindex table' THEN (SELECT k.name FROM known AS k)
           END AS home
), reindexed AS (
    SELECT c.oid, c.reltoastrelid AS toast
    FROM pg_catalog.pg_class AS c, named AS n
    WHERE {kind} = 'reindex database'
       OR {kind} = 'reindex schema' AND c.relnamespace = n.object
       OR {kind} IN ('reindex index', 'reindex table')
          AND (c.oid = n.home OR c.oid IN (SELECT p.relid FROM pg_catalog.pg_partition_tree(n.home) AS p))
), leftover AS (
    SELECT i.indexrelid::bigint AS oid, i.indrelid, pg_catalog.format('%I.%I', n.nspname, c.relname) AS name
    FROM pg_catalog.pg_index AS i
    JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE NOT i.indisvalid AND c.relname ~ '_cc(new|old)[0-9]*$'
      AND EXISTS (SELECT FROM reindexed AS r WHERE i.indrelid IN (r.oid, r.toast))
), target AS (
    SELECT n.object, n.home,
           -- inhdetachpending came with PostgreSQL 14.
           COALESCE(i.indisvalid, (pg_catalog.to_jsonb(p) ->> 'inhdetachpending') IS DISTINCT FROM 'true') AS sound,
           {kind} <> 'create index' OR i.indrelid IS NOT DISTINCT FROM n.home AS fits,
           CASE WHEN c.oid IS NULL THEN '' ELSE pg_catalog.format('%I.%I', s.nspname, c.relname) END AS name
    FROM named AS n
    LEFT JOIN pg_catalog.pg_class AS c ON c.oid = n.object
    LEFT JOIN pg_catalog.pg_namespace AS s ON s.oid = c.relnamespace
    LEFT JOIN pg_catalog.pg_index AS i ON i.indexrelid = n.object
    LEFT JOIN pg_catalog.pg_inherits AS p ON p.inhrelid = n.object AND p.inhparent = n.home
), looked_for AS (
    SELECT part[pg_catalog.cardinality(part)] AS name, part[pg_catalog.cardinality(part) - 1] AS schema
    FROM (SELECT pg_catalog.parse_ident(NULLIF({name}, '')) AS part) AS p
    WHERE {kind} IN ('drop index', 'reindex index', 'reindex table', 'detach partition')
), gone AS (
    -- Absent is what no schema has, or not the one that is named: the search path may be another
    -- one than on the way up.
    SELECT t.object IS NULL AND CASE {kind}
        WHEN 'detach partition' THEN
            k.name IS NOT NULL AND k.home IS NOT NULL AND NOT EXISTS (
                SELECT FROM pg_catalog.pg_inherits AS i
                JOIN pg_catalog.pg_class AS c ON c.oid = i.inhrelid
                JOIN pg_catalog.pg_class AS p ON p.oid = i.inhparent
                JOIN pg_catalog.pg_class AS h ON h.oid = k.home AND h.relname = p.relname
                WHERE c.relname = l.name)
        ELSE NOT EXISTS (
            SELECT FROM pg_catalog.pg_class AS c
            JOIN pg_catalog.pg_namespace AS s ON s.oid = c.relnamespace
            WHERE c.relname = l.name AND s.nspname = COALESCE(l.schema, s.nspname)
              AND (c.relkind IN ('i', 'I')) = ({kind} <> 'reindex table'))
        END AS is_gone
    FROM looked_for AS l, known AS k, target AS t
), session AS (
    SELECT a.*, COALESCE((pg_catalog.date_part('epoch', a.backend_start) * 1000000)::bigint, 0) AS start
    FROM pg_catalog.pg_stat_activity AS a
    WHERE COALESCE(a.backend_type, 'client backend') = 'client backend'
), fact AS (
    SELECT t.*, COALESCE(t.object, 0)::bigint AS oid, COALESCE((SELECT g.is_gone FROM gone AS g), false) AS gone,
           CASE WHEN {has_begun} THEN ({before})[3] ELSE COALESCE(t.object, 0)::bigint END AS old,
           ARRAY[me.pid, me.start, COALESCE(t.object, 0)::bigint, t.sound::int]
               || ARRAY(SELECT l.oid FROM leftover AS l ORDER BY l.oid) AS snapshot,
           ARRAY(SELECT 'DROP INDEX CONCURRENTLY IF EXISTS ' || l.name FROM leftover AS l
                 WHERE {has_begun} AND l.oid <> ALL (({before})[5:]) ORDER BY l.oid) AS drops,
           pg_catalog.format('ALTER TABLE %s DETACH PARTITION %s FINALIZE', t.home::pg_catalog.regclass, t.object::pg_catalog.regclass) AS finish
    FROM target AS t
    JOIN session AS me ON me.pid = pg_catalog.pg_backend_pid()
)
SELECT f.snapshot, v.verdict, v.texts, busy.*
FROM fact AS f
LEFT JOIN LATERAL (
    SELECT {blocker}
    FROM session AS a
    WHERE a.pid <> pg_catalog.pg_backend_pid() AND (
        {has_begun} AND a.pid = ({before})[1] AND a.start = ({before})[2] AND a.state = 'active'
        -- Whoever builds, drops, detaches or vacuums holds this lock on the table for the whole time.
        OR (NOT f.sound OR EXISTS (SELECT FROM leftover)) AND EXISTS (
            SELECT FROM pg_catalog.pg_locks AS l
            JOIN pg_catalog.pg_database AS d ON d.oid = l.database AND d.datname = pg_catalog.current_database()
            WHERE l.pid = a.pid AND l.granted AND l.locktype = 'relation' AND l.mode = 'ShareUpdateExclusiveLock'
              AND (l.relation = f.home OR l.relation IN (SELECT o.indrelid FROM leftover AS o))))
    LIMIT 1
) AS busy ON true
CROSS JOIN LATERAL (
    -- The first that holds. Of a stop the first text says why; the second, if any, settles it.
    SELECT c.verdict, c.texts
    FROM (VALUES
        (0, pg_catalog.pg_backend_pid() <> {pid}, 'stop',
            ARRAY['another session has the migration lock: a transaction pooler lies between; connect to the '
                  'server directly', 'SELECT pg_terminate_backend({pid});']),
        (1, busy.pid IS NOT NULL, 'wait', ARRAY['it is still worked on by another session',
            'SELECT pg_terminate_backend(' || busy.pid || ');']),
        (2, {kind} = 'opaque' AND {has_begun}, 'stop',
            ARRAY['it had begun and commits on its own: nothing shows how far it came']),
        (3, {kind} = 'create index' AND f.oid = 0, 'run', '{}'),
        (4, {kind} = 'create index' AND NOT f.fits, 'stop',
            ARRAY[f.name || ' is there, but is no index of ' || {table},
                  'ALTER TABLE ' || f.name || ' RENAME TO in_the_way;']),
        (5, {kind} = 'create index' AND f.old = 0 AND f.sound, 'record', '{}'),
        (6, {kind} = 'create index' AND f.old = 0, 'repair', ARRAY['DROP INDEX CONCURRENTLY IF EXISTS ' || f.name]),
        (7, {kind} IN ('create index', 'drop index') AND f.oid NOT IN (0, f.old), 'stop',
            ARRAY[f.name || ' is another one than when this statement began']),
        (8, {kind} = 'create index' AND NOT f.sound, 'stop',
            ARRAY[f.name || ' was there before, is invalid, and no session builds it',
                  'DROP INDEX CONCURRENTLY IF EXISTS ' || f.name || ';']),
        (9, {kind} IN ('drop index', 'detach partition') AND f.oid = 0 AND f.old <> 0, 'record', '{}'),
        -- What is to be taken back is gone.
        (10, {is_down} AND f.gone, 'record', '{}'),
        (11, {kind} = 'detach partition' AND NOT f.sound AND {has_begun} AND ({before})[4] = 1, 'repair',
            ARRAY[f.finish]),
        (12, {kind} = 'detach partition' AND NOT f.sound, 'stop',
            ARRAY[f.name || ' was being detached before, and no session goes on with that', f.finish || ';']),
        (13, f.drops <> '{}', 'repair', f.drops),
        (14, true, 'run', '{}')
    ) AS c (place, holds, verdict, texts)
    WHERE c.holds
    ORDER BY c.place
    LIMIT 1
) AS v
