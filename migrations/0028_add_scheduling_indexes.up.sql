-- Adds what the scheduler reads: the queue of waiting runs, most urgent first,
-- and a search by tag. Depends on the workflow enhancements.
-- pgstrata: no-transaction
-- pgstrata: requires 0009

CREATE INDEX CONCURRENTLY idx_workflow_executions_queue
    ON workflow_executions (priority DESC, created_at)
    WHERE status = 'PENDING';

CREATE INDEX CONCURRENTLY idx_workflow_executions_tags
    ON workflow_executions USING gin (tags);
