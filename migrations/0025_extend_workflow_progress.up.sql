-- Shows priority and lateness in workflow_progress. The new columns come last,
-- so the view can be replaced under its readers. Depends on the view of 0024
-- and the columns of 0009.
-- pgstrata: requires 0009, 0024

CREATE OR REPLACE VIEW workflow_progress AS
SELECT execution.execution_id,
       execution.namespace,
       execution.workflow_type,
       execution.status,
       steps.total AS steps_total,
       steps.done AS steps_done,
       execution.priority,
       execution.deadline,
       COALESCE(
           execution.status IN ('PENDING', 'RUNNING') AND execution.deadline < now(),
           false
       ) AS overdue
FROM workflow_executions AS execution
CROSS JOIN LATERAL (
    SELECT count(*) AS total,
           count(*) FILTER (WHERE step.status IN ('COMPLETED', 'SKIPPED')) AS done
    FROM workflow_steps AS step
    WHERE step.execution_id = execution.execution_id
) AS steps;

COMMENT ON VIEW workflow_progress IS
    'Each workflow run with its priority, how many of its steps are done, and whether it is late.';
