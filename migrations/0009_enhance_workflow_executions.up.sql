-- Gives workflow runs a priority, a parent, retries, tags and a deadline.
-- Every new column is nullable or has a constant default, so no row is
-- rewritten; the new constraints hold for new rows at once and for old rows
-- after 0014 has validated them. Depends on workflow_executions.
-- pgstrata: requires 0001

CREATE TYPE workflow_priority AS ENUM ('LOW', 'NORMAL', 'HIGH', 'CRITICAL');

COMMENT ON TYPE workflow_priority IS
    'Urgency of a run, in ascending order.';

ALTER TABLE workflow_executions
    ADD COLUMN priority            workflow_priority NOT NULL DEFAULT 'NORMAL',
    ADD COLUMN parent_execution_id uuid,
    ADD COLUMN retry_count         integer           NOT NULL DEFAULT 0,
    ADD COLUMN max_retries         integer           NOT NULL DEFAULT 3,
    ADD COLUMN tags                text[]            NOT NULL DEFAULT '{}',
    ADD COLUMN deadline            timestamptz,
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

COMMENT ON COLUMN workflow_executions.parent_execution_id IS
    'The run that started this one; NULL for a run started from outside.';
COMMENT ON COLUMN workflow_executions.deadline IS
    'When an unfinished run counts as overdue; NULL means never.';
