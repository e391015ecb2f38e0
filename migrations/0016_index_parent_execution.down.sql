-- Removes the index behind the parent reference while writes go on.
-- pgstrata: no-transaction

DROP INDEX CONCURRENTLY idx_workflow_executions_parent;
