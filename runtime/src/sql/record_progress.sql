-- Fails, and so fences what follows in its transaction, where somebody else has moved on.
WITH moved AS (
    UPDATE {history} SET statements_done = {done} + 1, intent = NULL, batches = 0, batch_rows = 0, batch_key = NULL
    WHERE attempt = {attempt} AND statements_done = {done}
    RETURNING attempt
)
SELECT 1 / pg_catalog.count(*) FROM moved;
