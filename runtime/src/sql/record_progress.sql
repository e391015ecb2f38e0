-- Raises, and so fences what follows in its transaction, where somebody else has moved on.
DO $pgstrata$
BEGIN
    UPDATE {history} SET statements_done = {done} + 1, intent = NULL, batches = 0, batch_rows = 0, batch_key = NULL
    WHERE attempt = {attempt} AND statements_done = {done};
    IF NOT FOUND THEN
        RAISE EXCEPTION 'somebody else is at work on this migration' USING ERRCODE = 'PGSMV';
    END IF;
END
$pgstrata$;
