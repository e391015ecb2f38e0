-- Removes the bridge state enhancements; what the new columns hold is lost.

ALTER TABLE bridge_states
    DROP CONSTRAINT bridge_states_errors_check,
    DROP CONSTRAINT bridge_states_state_version_check,
    DROP COLUMN last_error_at,
    DROP COLUMN last_error,
    DROP COLUMN error_count,
    DROP COLUMN state_version;
