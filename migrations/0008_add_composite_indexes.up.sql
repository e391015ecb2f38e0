-- Adds indexes for searches over several columns and inside JSON documents.
-- Depends on workflow_executions, node_registrations and metadata_stamps.
-- pgstrata: no-transaction
-- pgstrata: requires 0001, 0005, 0006

CREATE INDEX CONCURRENTLY idx_workflow_executions_namespace_type_created
    ON workflow_executions (namespace, workflow_type, created_at DESC);

-- jsonb_path_ops is smaller than the default and serves @>, the only operator
-- that service discovery uses.
CREATE INDEX CONCURRENTLY idx_node_registrations_capabilities
    ON node_registrations USING gin (capabilities jsonb_path_ops);

CREATE INDEX CONCURRENTLY idx_metadata_stamps_namespace_created
    ON metadata_stamps (namespace, created_at DESC);
