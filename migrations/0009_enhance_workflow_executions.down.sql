-- Removes the workflow enhancements; what the new columns hold is lost.

ALTER TABLE workflow_executions
    DROP CONSTRAINT workflow_executions_retries_check,
    DROP CONSTRAINT workflow_executions_parent_execution_id_check,
    DROP CONSTRAINT workflow_executions_parent_execution_id_fkey,
    DROP COLUMN deadline,
    DROP COLUMN tags,
    DROP COLUMN max_retries,
    DROP COLUMN retry_count,
    DROP COLUMN parent_execution_id,
    DROP COLUMN priority;

DROP TYPE workflow_priority;
