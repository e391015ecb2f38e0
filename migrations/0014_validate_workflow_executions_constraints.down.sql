-- Makes the constraints of 0009 unproven again. PostgreSQL has no inverse of
-- VALIDATE, so each is replaced by its definition in 0009; in one statement,
-- so that no row can slip in between.

ALTER TABLE workflow_executions
    DROP CONSTRAINT workflow_executions_retries_check,
    DROP CONSTRAINT workflow_executions_parent_execution_id_check,
    DROP CONSTRAINT workflow_executions_parent_execution_id_fkey,
    ADD CONSTRAINT workflow_executions_parent_execution_id_fkey
        FOREIGN KEY (parent_execution_id) REFERENCES workflow_executions (execution_id)
        ON DELETE SET NULL
        NOT VALID,
    ADD CONSTRAINT workflow_executions_parent_execution_id_check
        CHECK (parent_execution_id <> execution_id)
        NOT VALID,
    ADD CONSTRAINT workflow_executions_retries_check
        CHECK (retry_count >= 0 AND retry_count <= max_retries)
        NOT VALID;
