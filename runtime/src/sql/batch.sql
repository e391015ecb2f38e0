DO $pgstrata_batch$
DECLARE
    this_run bigint := 0;
    touched bigint;
    in_all text := '';
    so_far record;
    item record;
BEGIN
    IF {total} IS NOT NULL THEN
        EXECUTE {total} INTO in_all;
        in_all := ' of ' || in_all;
    END IF;
    LOOP
        SELECT h.batches, h.batch_rows, coalesce(h.batch_key, -9223372036854775808) AS key INTO so_far
        FROM {history} AS h WHERE h.version = {version};
        touched := 0;
        IF {key} IS NULL THEN
            EXECUTE {statement};
            GET DIAGNOSTICS touched = ROW_COUNT;
        ELSE
            FOR item IN EXECUTE {statement} USING so_far.key LOOP
                touched := touched + 1;
                so_far.key := greatest(so_far.key, (pg_catalog.to_jsonb(item) ->> {key})::bigint);
            END LOOP;
        END IF;
        EXIT WHEN touched = 0;
        UPDATE {history} AS h SET batches = h.batches + 1, batch_rows = h.batch_rows + touched,
            batch_key = CASE WHEN {key} IS NOT NULL THEN so_far.key END
        WHERE h.version = {version} AND h.batches = so_far.batches AND h.statements_done = {number} - 1;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'somebody else is at work on this statement';
        END IF;
        RAISE NOTICE 'batch %: % rows%', so_far.batches + 1, so_far.batch_rows + touched, in_all
            USING ERRCODE = 'PGSBA', DETAIL = {number} || ' ' || so_far.batches + 1 || ' ' || so_far.batch_rows + touched
                || pg_catalog.replace(in_all, ' of', '');
        COMMIT;
        this_run := this_run + 1;
        IF this_run >= {most} THEN
            RAISE EXCEPTION 'stopped after % batches and % rows%', this_run, so_far.batch_rows + touched, in_all
                USING HINT = 'run again to go on from there, or allow more with max-batches';
        END IF;
        PERFORM pg_catalog.pg_sleep({pause});
    END LOOP;
END
$pgstrata_batch$
