-- Removes the read side; it can be rebuilt from workflow_state and the events.

DROP FUNCTION advance_watermark(text, bigint);
DROP TABLE projection_watermarks;
DROP TABLE workflow_projection;
