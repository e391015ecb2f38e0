-- Creates node_registrations, the registry that service discovery and health
-- monitoring read. NodeBridgeRegistry must not start before this migration.
-- Depends on set_updated_at() only.
-- pgstrata: requires 0001

CREATE TABLE node_registrations (
    node_id        varchar(255) NOT NULL,
    node_type      varchar(100) NOT NULL,
    node_version   varchar(50)  NOT NULL,
    capabilities   jsonb        DEFAULT '{}',
    endpoints      jsonb        DEFAULT '{}',
    metadata       jsonb        DEFAULT '{}',
    health_status  varchar(50)  NOT NULL DEFAULT 'UNKNOWN',
    last_heartbeat timestamptz,
    registered_at  timestamptz  DEFAULT now(),
    updated_at     timestamptz  DEFAULT now(),

    CONSTRAINT node_registrations_pkey PRIMARY KEY (node_id),
    CONSTRAINT node_registrations_health_status_check
        CHECK (health_status IN ('UNKNOWN', 'HEALTHY', 'DEGRADED', 'UNHEALTHY')),
    CONSTRAINT node_registrations_capabilities_check
        CHECK (jsonb_typeof(capabilities) = 'object'),
    CONSTRAINT node_registrations_endpoints_check
        CHECK (jsonb_typeof(endpoints) = 'object')
);

COMMENT ON TABLE node_registrations IS
    'Registry of nodes with their capabilities, endpoints and health.';
COMMENT ON COLUMN node_registrations.last_heartbeat IS
    'NULL until the node has reported for the first time.';

CREATE INDEX idx_node_registrations_health
    ON node_registrations (health_status);
CREATE INDEX idx_node_registrations_type
    ON node_registrations (node_type);
CREATE INDEX idx_node_registrations_last_heartbeat
    ON node_registrations (last_heartbeat);
CREATE INDEX idx_node_registrations_type_health
    ON node_registrations (node_type, health_status);

CREATE TRIGGER node_registrations_set_updated_at
    BEFORE UPDATE ON node_registrations
    FOR EACH ROW
    WHEN (OLD.* IS DISTINCT FROM NEW.*)
    EXECUTE FUNCTION set_updated_at();
