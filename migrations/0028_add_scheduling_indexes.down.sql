-- Removes the scheduling indexes, last made first, while writes go on.
-- pgstrata: no-transaction

DROP INDEX CONCURRENTLY idx_workflow_executions_tags;
DROP INDEX CONCURRENTLY idx_workflow_executions_queue;
