-- Creates workflow_executions, one row for each run of a workflow, and the
-- trigger function set_updated_at() that every later table with an updated_at
-- column shares. Depends on nothing.

CREATE FUNCTION set_updated_at() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END;
$$;

COMMENT ON FUNCTION set_updated_at() IS
    'Row trigger: stamps updated_at with the time of the transaction.';

CREATE TABLE workflow_executions (
    execution_id   uuid        NOT NULL DEFAULT gen_random_uuid(),
    correlation_id uuid        NOT NULL,
    workflow_type  text        NOT NULL,
    namespace      text        NOT NULL DEFAULT 'default',
    status         text        NOT NULL DEFAULT 'PENDING',
    input          jsonb       NOT NULL DEFAULT '{}',
    error_message  text,
    started_at     timestamptz,
    completed_at   timestamptz,
    created_at     timestamptz NOT NULL DEFAULT now(),
    updated_at     timestamptz NOT NULL DEFAULT now(),

    CONSTRAINT workflow_executions_pkey PRIMARY KEY (execution_id),
    CONSTRAINT workflow_executions_correlation_id_key UNIQUE (correlation_id),
    CONSTRAINT workflow_executions_workflow_type_check CHECK (workflow_type <> ''),
    CONSTRAINT workflow_executions_namespace_check CHECK (namespace <> ''),
    CONSTRAINT workflow_executions_status_check
        CHECK (status IN ('PENDING', 'RUNNING', 'COMPLETED', 'FAILED', 'CANCELLED')),
    CONSTRAINT workflow_executions_error_message_check
        CHECK (status <> 'FAILED' OR error_message IS NOT NULL),
    CONSTRAINT workflow_executions_started_at_check
        CHECK (status <> 'RUNNING' OR started_at IS NOT NULL),
    CONSTRAINT workflow_executions_completed_at_check
        CHECK (completed_at IS NULL OR (started_at IS NOT NULL AND completed_at >= started_at))
);

COMMENT ON TABLE workflow_executions IS
    'One row for each run of a workflow, from request to completion.';
COMMENT ON COLUMN workflow_executions.correlation_id IS
    'Chosen by the caller; a repeated request finds the run it already started.';

-- Writing back the same values is not a change and keeps the old time.
CREATE TRIGGER workflow_executions_set_updated_at
    BEFORE UPDATE ON workflow_executions
    FOR EACH ROW
    WHEN (OLD.* IS DISTINCT FROM NEW.*)
    EXECUTE FUNCTION set_updated_at();
