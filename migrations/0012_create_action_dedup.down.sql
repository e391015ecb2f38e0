-- Removes the functions over action_dedup, then the table with its index.

DROP FUNCTION forget_expired_actions(timestamptz);
DROP FUNCTION claim_action(text, uuid, interval);
DROP TABLE action_dedup;
