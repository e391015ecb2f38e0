-- After a lock timeout: raises the same error with who is in the way. What only reads is kept out by no
-- other lock than this, and waits also for a session that waits for it.
DO $pgstrata$
DECLARE
    holders text;
    ends text;
BEGIN
    WITH held AS (
        SELECT l.pid, l.virtualtransaction, l.relation FROM pg_catalog.pg_locks AS l
        WHERE l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock'
          AND l.database = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database())
    )
    SELECT pg_catalog.string_agg(w.who, E'\n' ORDER BY w.who), pg_catalog.string_agg(w.ends, ' ' ORDER BY w.who) INTO holders, ends
    FROM (
        (SELECT pg_catalog.concat_ws(', ', 'pid ' || a.pid, 'user ' || a.usename::text,
                    'application ' || NULLIF(a.application_name, ''),
                    'in a transaction for ' || pg_catalog.date_trunc('second', pg_catalog.clock_timestamp() - a.xact_start),
                    'state ' || a.state,
                    'query ' || pg_catalog.split_part(pg_catalog.btrim(a.query, E' \n\t'), E'\n', 1),
                    'which has locked ' || (SELECT pg_catalog.min(h.relation::pg_catalog.regclass::text)
                                            FROM held AS h WHERE h.pid = a.pid)) AS who,
                pg_catalog.format('SELECT pg_terminate_backend(%s);', a.pid) AS ends
         FROM pg_catalog.pg_stat_activity AS a
         WHERE a.pid <> pg_catalog.pg_backend_pid() AND a.pid IN (SELECT h.pid FROM held AS h)
         ORDER BY a.xact_start
         LIMIT 3)
        UNION ALL
        (SELECT pg_catalog.format('the prepared transaction %L of user %s, prepared at %s; only this ends it: '
                                  'COMMIT PREPARED %1$L or ROLLBACK PREPARED %1$L', p.gid, p.owner, p.prepared),
                pg_catalog.format('ROLLBACK PREPARED %L;', p.gid)
         FROM pg_catalog.pg_prepared_xacts AS p
         WHERE EXISTS (SELECT FROM held AS h
                       WHERE h.pid IS NULL AND h.virtualtransaction = (
                           SELECT x.virtualtransaction FROM pg_catalog.pg_locks AS x
                           WHERE x.pid IS NULL AND x.locktype = 'transactionid' AND x.granted
                             AND x.transactionid = p.transaction
                           LIMIT 1))
         ORDER BY p.prepared
         LIMIT 3)
    ) AS w;
    IF holders IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'lock_not_available', MESSAGE = 'another session keeps a lock that this command waited for',
            DETAIL = 'held by ' || holders,
            HINT = 'let it finish and run again, or, if it is dead, end it: ' || ends;
    END IF;
END
$pgstrata$
