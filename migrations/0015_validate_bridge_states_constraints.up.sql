-- Proves that old rows of bridge_states satisfy the constraints added by 0010,
-- apart from 0014 so that one transaction reads one table. Depends on the
-- bridge state enhancements.
-- pgstrata: requires 0010

ALTER TABLE bridge_states
    VALIDATE CONSTRAINT bridge_states_state_version_check,
    VALIDATE CONSTRAINT bridge_states_errors_check;
