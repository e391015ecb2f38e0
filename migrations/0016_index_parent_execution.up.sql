-- Adds the index behind the parent reference of 0009: without it, deleting a
-- run searches the whole table for its children. Depends on the workflow
-- enhancements.
-- pgstrata: no-transaction
-- pgstrata: requires 0009

CREATE INDEX CONCURRENTLY idx_workflow_executions_parent
    ON workflow_executions (parent_execution_id)
    WHERE parent_execution_id IS NOT NULL;
