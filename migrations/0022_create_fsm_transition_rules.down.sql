-- Removes the function over the transition rules, then the rules.

DROP FUNCTION is_allowed_transition(text, text, text);
DROP TABLE fsm_transition_rules;
