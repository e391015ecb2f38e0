-- Creates fsm_transitions, the history of every state machine of the bridge.
-- Rows may be deleted when they are old, but never rewritten: a trigger
-- refuses updates. Depends on nothing.

CREATE FUNCTION reject_update() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are history and cannot be updated', TG_TABLE_NAME
        USING ERRCODE = 'object_not_in_prerequisite_state',
              HINT = 'Insert a new row that corrects the old one.';
END;
$$;

COMMENT ON FUNCTION reject_update() IS
    'Row trigger: refuses every update of a history table.';

CREATE TABLE fsm_transitions (
    transition_id bigint      GENERATED ALWAYS AS IDENTITY,
    entity_type   text        NOT NULL,
    entity_id     uuid        NOT NULL,
    from_state    text,
    to_state      text        NOT NULL,
    event         text        NOT NULL,
    details       jsonb       NOT NULL DEFAULT '{}',
    occurred_at   timestamptz NOT NULL DEFAULT now(),

    CONSTRAINT fsm_transitions_pkey PRIMARY KEY (transition_id),
    CONSTRAINT fsm_transitions_entity_type_check CHECK (entity_type <> ''),
    CONSTRAINT fsm_transitions_from_state_check CHECK (from_state <> ''),
    CONSTRAINT fsm_transitions_to_state_check CHECK (to_state <> ''),
    CONSTRAINT fsm_transitions_event_check CHECK (event <> '')
);

COMMENT ON TABLE fsm_transitions IS
    'History of state changes, append only.';
COMMENT ON COLUMN fsm_transitions.from_state IS
    'NULL for the first state of an entity.';

CREATE INDEX idx_fsm_transitions_entity
    ON fsm_transitions (entity_type, entity_id, transition_id DESC);

-- An entity has one beginning.
CREATE UNIQUE INDEX idx_fsm_transitions_first
    ON fsm_transitions (entity_type, entity_id)
    WHERE from_state IS NULL;

CREATE TRIGGER fsm_transitions_reject_update
    BEFORE UPDATE ON fsm_transitions
    FOR EACH ROW
    EXECUTE FUNCTION reject_update();
