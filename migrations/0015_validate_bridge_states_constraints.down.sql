-- Makes the constraints of 0010 unproven again: PostgreSQL has no inverse of
-- VALIDATE, so each is replaced by its definition in 0010.

ALTER TABLE bridge_states
    DROP CONSTRAINT bridge_states_errors_check,
    DROP CONSTRAINT bridge_states_state_version_check,
    ADD CONSTRAINT bridge_states_state_version_check
        CHECK (state_version >= 1)
        NOT VALID,
    ADD CONSTRAINT bridge_states_errors_check
        CHECK (error_count >= 0 AND (last_error IS NULL) = (last_error_at IS NULL))
        NOT VALID;
