-- Adds the indexes behind the questions asked most often: what is running, and
-- which steps wait. The tables are in use by now, so the indexes are built
-- while writes go on, which PostgreSQL refuses inside a transaction.
-- Depends on workflow_executions and workflow_steps.
-- pgstrata: no-transaction
-- pgstrata: requires 0001, 0002

CREATE INDEX CONCURRENTLY idx_workflow_executions_status_created
    ON workflow_executions (status, created_at DESC);

-- Finished runs are most of the table and never match.
CREATE INDEX CONCURRENTLY idx_workflow_steps_open
    ON workflow_steps (created_at)
    WHERE status IN ('PENDING', 'RUNNING');
