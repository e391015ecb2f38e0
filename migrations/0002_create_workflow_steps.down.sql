-- Removes workflow_steps with its trigger; set_updated_at() belongs to 0001.

DROP TABLE workflow_steps;
