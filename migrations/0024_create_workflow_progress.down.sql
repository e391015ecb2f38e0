-- Removes the view workflow_progress.

DROP VIEW workflow_progress;
