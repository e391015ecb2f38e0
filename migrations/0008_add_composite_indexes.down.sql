-- Removes the composite indexes, last made first, while writes go on.
-- pgstrata: no-transaction

DROP INDEX CONCURRENTLY idx_metadata_stamps_namespace_created;
DROP INDEX CONCURRENTLY idx_node_registrations_capabilities;
DROP INDEX CONCURRENTLY idx_workflow_executions_namespace_type_created;
