-- Removes the workflow indexes, last made first, while writes go on.
-- pgstrata: no-transaction

DROP INDEX CONCURRENTLY idx_workflow_steps_open;
DROP INDEX CONCURRENTLY idx_workflow_executions_status_created;
