-- What a statement's target looks like now: as an array that can be kept (of our session its
-- pid and start; of the target its oid, or 0 where it is absent, and whether it is sound; the
-- invalid indexes that REINDEX CONCURRENTLY leaves behind), in words, and who is at work on it.
WITH named AS (
    SELECT CASE {kind}
               WHEN 'create index' THEN (
                   SELECT c.oid FROM pg_catalog.pg_class AS c
                   JOIN pg_catalog.pg_class AS t ON t.relnamespace = c.relnamespace
                   WHERE t.oid = pg_catalog.to_regclass({table})
                     AND c.relname = (pg_catalog.parse_ident({name}))[1])
               WHEN 'detach partition' THEN (
                   SELECT i.inhrelid FROM pg_catalog.pg_inherits AS i
                   WHERE i.inhparent = pg_catalog.to_regclass({table})
                     AND i.inhrelid = pg_catalog.to_regclass({name}))
               WHEN 'reindex schema' THEN pg_catalog.to_regnamespace({name})::oid
               WHEN 'reindex database' THEN NULL
               ELSE pg_catalog.to_regclass({name})::oid
           END AS object,
           CASE WHEN {kind} IN ('create index', 'detach partition') THEN pg_catalog.to_regclass({table})::oid
                WHEN {kind} IN ('drop index', 'reindex index') THEN (
                    SELECT i.indrelid FROM pg_catalog.pg_index AS i
                    WHERE i.indexrelid = pg_catalog.to_regclass({name}))
                WHEN {kind} = 'reindex table' THEN pg_catalog.to_regclass({name})::oid
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
), session AS (
    SELECT a.*, (pg_catalog.date_part('epoch', a.backend_start) * 1000000)::bigint AS start
    FROM pg_catalog.pg_stat_activity AS a
    WHERE COALESCE(a.backend_type, 'client backend') = 'client backend'
)
SELECT ARRAY[me.pid, me.start, COALESCE(t.object, 0)::bigint, t.sound::int]
           || ARRAY(SELECT l.oid FROM leftover AS l ORDER BY l.oid) AS snapshot,
       ARRAY(SELECT l.name FROM leftover AS l ORDER BY l.oid) AS leftovers,
       t.fits, t.name, busy.*
FROM target AS t
JOIN session AS me ON me.pid = pg_catalog.pg_backend_pid()
LEFT JOIN LATERAL (
    SELECT {blocker}
    FROM session AS a
    WHERE a.pid <> me.pid AND (
        a.pid = {runner_pid} AND a.start = {runner_start} AND a.state = 'active'
        -- Whoever builds, drops, detaches or vacuums holds this lock on the table for the whole time.
        OR (NOT t.sound OR EXISTS (SELECT FROM leftover)) AND EXISTS (
            SELECT FROM pg_catalog.pg_locks AS l
            JOIN pg_catalog.pg_database AS d ON d.oid = l.database AND d.datname = pg_catalog.current_database()
            WHERE l.pid = a.pid AND l.granted AND l.locktype = 'relation' AND l.mode = 'ShareUpdateExclusiveLock'
              AND (l.relation = t.home OR l.relation IN (SELECT o.indrelid FROM leftover AS o))))
    LIMIT 1
) AS busy ON true
