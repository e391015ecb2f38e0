-- Removes workflow_state with its triggers, then the function that only this
-- table used.

DROP TABLE workflow_state;
DROP FUNCTION require_next_version();
