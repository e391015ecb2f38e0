-- Creates fsm_transition_rules, which says how a state machine may move, and a
-- function that asks it. Its rows come with 0023, apart from the schema.
-- Depends on nothing.

CREATE TABLE fsm_transition_rules (
    entity_type text NOT NULL,
    from_state  text NOT NULL,
    to_state    text NOT NULL,
    event       text NOT NULL,

    CONSTRAINT fsm_transition_rules_pkey PRIMARY KEY (entity_type, from_state, event),
    CONSTRAINT fsm_transition_rules_from_state_to_state_check CHECK (from_state <> to_state)
);

COMMENT ON TABLE fsm_transition_rules IS
    'Allowed moves: in one state, one event leads to one other state.';

CREATE FUNCTION is_allowed_transition(machine text, present_state text, next_state text)
RETURNS boolean
LANGUAGE sql
STABLE
AS $$
    SELECT EXISTS (
        SELECT
        FROM fsm_transition_rules
        WHERE entity_type = machine
          AND from_state = present_state
          AND to_state = next_state
    );
$$;

COMMENT ON FUNCTION is_allowed_transition(text, text, text) IS
    'Whether some event leads from the present state to the next one.';
