-- Creates bridge_states: what the reducer has aggregated, one row for each
-- bridge and namespace. Depends on set_updated_at() only.
-- pgstrata: requires 0001

CREATE TABLE bridge_states (
    bridge_id         uuid        NOT NULL DEFAULT gen_random_uuid(),
    bridge_name       text        NOT NULL,
    namespace         text        NOT NULL DEFAULT 'default',
    fsm_state         text        NOT NULL DEFAULT 'IDLE',
    total_items       bigint      NOT NULL DEFAULT 0,
    total_bytes       bigint      NOT NULL DEFAULT 0,
    aggregate         jsonb       NOT NULL DEFAULT '{}',
    window_start      timestamptz,
    window_end        timestamptz,
    last_processed_at timestamptz,
    created_at        timestamptz NOT NULL DEFAULT now(),
    updated_at        timestamptz NOT NULL DEFAULT now(),

    CONSTRAINT bridge_states_pkey PRIMARY KEY (bridge_id),
    CONSTRAINT bridge_states_namespace_bridge_name_key UNIQUE (namespace, bridge_name),
    CONSTRAINT bridge_states_bridge_name_check CHECK (bridge_name <> ''),
    CONSTRAINT bridge_states_namespace_check CHECK (namespace <> ''),
    CONSTRAINT bridge_states_fsm_state_check
        CHECK (fsm_state IN ('IDLE', 'AGGREGATING', 'PERSISTING', 'FAILED')),
    CONSTRAINT bridge_states_totals_check CHECK (total_items >= 0 AND total_bytes >= 0),
    CONSTRAINT bridge_states_aggregate_check CHECK (jsonb_typeof(aggregate) = 'object'),
    CONSTRAINT bridge_states_window_check
        CHECK ((window_start IS NULL) = (window_end IS NULL) AND window_start <= window_end)
);

COMMENT ON TABLE bridge_states IS
    'Aggregation state of the reducer, one row for each bridge and namespace.';

CREATE INDEX idx_bridge_states_last_processed
    ON bridge_states (last_processed_at);

CREATE TRIGGER bridge_states_set_updated_at
    BEFORE UPDATE ON bridge_states
    FOR EACH ROW
    WHEN (OLD.* IS DISTINCT FROM NEW.*)
    EXECUTE FUNCTION set_updated_at();
