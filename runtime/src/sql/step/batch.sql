-- Repeats a statement, a transaction each. The statement sees the session's search path; what is ours
-- sees only the catalog. A setting that is local ends at each COMMIT.
DO {quote}
DECLARE
    path pg_catalog.text := pg_catalog.current_setting('search_path');
    this_run bigint := 0;
    touched bigint;
    in_all pg_catalog.text := '';
    so_far record;
    item record;
    value bigint;
    walked bigint;
BEGIN
    -- A transaction that began before the block has its snapshot, and the role's own isolation level: it would
    -- not see what came while it waited for a lock.
    COMMIT;
    SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
    IF {total} IS NOT NULL THEN
        EXECUTE {total} INTO in_all;
    END IF;
    LOOP
        -- The tables are still the ones that were inspected, until this batch is committed.
        LOCK TABLE ONLY {history}, ONLY {events} IN ROW EXCLUSIVE MODE;
        PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
        PERFORM ({guarded});
        SELECT h.batches, h.batch_rows, COALESCE(h.batch_key, -9223372036854775808) AS key INTO STRICT so_far
        FROM {history} AS h WHERE h.version = {version};
        touched := 0;
        PERFORM pg_catalog.set_config('search_path', path, true);
        IF {key} IS NULL THEN
            EXECUTE {statement};
            GET DIAGNOSTICS touched = ROW_COUNT;
        ELSE
            walked := so_far.key;
            FOR item IN EXECUTE {statement} USING walked LOOP
                PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
                touched := touched + 1;
                value := (pg_catalog.to_jsonb(item) ->> {key})::bigint;
                -- It would come again and again.
                IF (value > walked) IS NOT TRUE THEN
                    RAISE EXCEPTION 'the walk along % came to % again, which is not above %', {key}, COALESCE(value::text, 'NULL'), walked
                        USING HINT = 'take the rows whose value is above $1, not those at it';
                END IF;
                so_far.key := greatest(so_far.key, value);
                PERFORM pg_catalog.set_config('search_path', path, true);
            END LOOP;
        END IF;
        -- Triggers of deferred constraints see the session's search path, too.
        SET CONSTRAINTS ALL IMMEDIATE;
        PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
        EXIT WHEN touched = 0;
        UPDATE {history} AS h SET batches = h.batches + 1, batch_rows = h.batch_rows + touched,
            batch_key = CASE WHEN {key} IS NOT NULL THEN so_far.key END
        WHERE h.version = {version} AND h.batches = so_far.batches AND h.statements_done = {number} - 1;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'the history of this migration has changed' USING ERRCODE = 'PGSMV';
        END IF;
        RAISE NOTICE 'batch %: % rows%', so_far.batches + 1, so_far.batch_rows + touched, COALESCE(' of ' || NULLIF(in_all, ''), '')
            USING ERRCODE = 'PGSBA', DETAIL = pg_catalog.concat_ws(' ', {number}, so_far.batches + 1,
                so_far.batch_rows + touched, NULLIF(in_all, ''));
        COMMIT;
        PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
        this_run := this_run + 1;
        IF this_run >= {most} THEN
            RAISE EXCEPTION 'stopped after % batches and % rows%', this_run, so_far.batch_rows + touched, COALESCE(' of ' || NULLIF(in_all, ''), '')
                USING HINT = 'run again to go on from there, or allow more with max-batches';
        END IF;
        PERFORM pg_catalog.pg_sleep({pause});
        COMMIT;
        SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
    END LOOP;
END
{quote}
