-- Lets the reducer count its errors and detect lost updates. The new
-- constraints hold for new rows at once and for old rows after 0015 has
-- validated them. Depends on bridge_states.
-- pgstrata: requires 0004

ALTER TABLE bridge_states
    ADD COLUMN state_version bigint NOT NULL DEFAULT 1,
    ADD COLUMN error_count   bigint NOT NULL DEFAULT 0,
    ADD COLUMN last_error    text,
    ADD COLUMN last_error_at timestamptz,
    ADD CONSTRAINT bridge_states_state_version_check
        CHECK (state_version >= 1)
        NOT VALID,
    ADD CONSTRAINT bridge_states_errors_check
        CHECK (error_count >= 0 AND (last_error IS NULL) = (last_error_at IS NULL))
        NOT VALID;

COMMENT ON COLUMN bridge_states.state_version IS
    'Raised by the reducer with every write; a writer that expects another version has lost.';
