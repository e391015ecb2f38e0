-- Removes fsm_transitions with its indexes and trigger, then the trigger
-- function, which is used by no other table.

DROP TABLE fsm_transitions;
DROP FUNCTION reject_update();
