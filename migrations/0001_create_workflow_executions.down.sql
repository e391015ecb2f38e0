-- Removes workflow_executions with its trigger, then the shared trigger
-- function, which nothing uses any more.

DROP TABLE workflow_executions;
DROP FUNCTION set_updated_at();
