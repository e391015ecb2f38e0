-- Creates workflow_steps: the steps of a run, in order, with their attempts.
-- Depends on workflow_executions, which it references, and on set_updated_at().
-- pgstrata: requires 0001

CREATE TABLE workflow_steps (
    step_id       bigint      GENERATED ALWAYS AS IDENTITY,
    execution_id  uuid        NOT NULL,
    step_number   integer     NOT NULL,
    step_name     text        NOT NULL,
    status        text        NOT NULL DEFAULT 'PENDING',
    attempt       integer     NOT NULL DEFAULT 0,
    input         jsonb       NOT NULL DEFAULT '{}',
    output        jsonb,
    error_message text,
    started_at    timestamptz,
    completed_at  timestamptz,
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now(),

    CONSTRAINT workflow_steps_pkey PRIMARY KEY (step_id),
    -- Also the index behind the foreign key: execution_id comes first.
    CONSTRAINT workflow_steps_execution_id_step_number_key UNIQUE (execution_id, step_number),
    CONSTRAINT workflow_steps_execution_id_fkey
        FOREIGN KEY (execution_id) REFERENCES workflow_executions (execution_id)
        ON DELETE CASCADE,
    CONSTRAINT workflow_steps_step_number_check CHECK (step_number >= 1),
    CONSTRAINT workflow_steps_step_name_check CHECK (step_name <> ''),
    CONSTRAINT workflow_steps_attempt_check CHECK (attempt >= 0),
    CONSTRAINT workflow_steps_status_check
        CHECK (status IN ('PENDING', 'RUNNING', 'COMPLETED', 'FAILED', 'SKIPPED')),
    CONSTRAINT workflow_steps_error_message_check
        CHECK (status <> 'FAILED' OR error_message IS NOT NULL),
    CONSTRAINT workflow_steps_completed_at_check
        CHECK (completed_at IS NULL OR (started_at IS NOT NULL AND completed_at >= started_at))
);

COMMENT ON TABLE workflow_steps IS
    'Steps of a workflow run; they disappear together with their run.';

CREATE TRIGGER workflow_steps_set_updated_at
    BEFORE UPDATE ON workflow_steps
    FOR EACH ROW
    WHEN (OLD.* IS DISTINCT FROM NEW.*)
    EXECUTE FUNCTION set_updated_at();
