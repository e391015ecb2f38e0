-- Proves that old rows of workflow_executions satisfy the constraints added by
-- 0009. Reads the whole table while writes go on; a failure names the
-- constraint and changes nothing. Depends on the workflow enhancements.
-- pgstrata: requires 0009

ALTER TABLE workflow_executions
    VALIDATE CONSTRAINT workflow_executions_parent_execution_id_fkey,
    VALIDATE CONSTRAINT workflow_executions_parent_execution_id_check,
    VALIDATE CONSTRAINT workflow_executions_retries_check;
