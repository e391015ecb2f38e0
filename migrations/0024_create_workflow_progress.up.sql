-- Creates the view workflow_progress: each run with how many of its steps are
-- done. Depends on workflow_executions and workflow_steps.
-- pgstrata: requires 0001, 0002

CREATE VIEW workflow_progress AS
SELECT execution.execution_id,
       execution.namespace,
       execution.workflow_type,
       execution.status,
       steps.total AS steps_total,
       steps.done AS steps_done
FROM workflow_executions AS execution
CROSS JOIN LATERAL (
    SELECT count(*) AS total,
           count(*) FILTER (WHERE step.status IN ('COMPLETED', 'SKIPPED')) AS done
    FROM workflow_steps AS step
    WHERE step.execution_id = execution.execution_id
) AS steps;

COMMENT ON VIEW workflow_progress IS
    'Each workflow run with how many of its steps are done.';
