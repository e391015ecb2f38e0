-- Raises, and so fences what follows in its transaction, if another session has moved on.
DO {quote}
BEGIN
    UPDATE {history} SET statements_done = {done} + 1, intent = NULL, batches = 0, batch_rows = 0, batch_key = NULL,
        next_statement = {next_statement}, statement_work[{done} + 1] = {work},
        statement_rows[{done} + 1] = CASE WHEN {is_batch} THEN batch_rows END
    WHERE attempt = {attempt} AND statements_done = {done};
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the history of this migration has changed' USING ERRCODE = 'PGSMV';
    END IF;
END
{quote};
