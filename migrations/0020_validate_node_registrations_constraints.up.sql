-- Proves that every registered node satisfies the constraints added by 0019.
-- Where this fails, add the missing types to node_types, give nodes without
-- capabilities an empty object, or remove the nodes. Depends on those
-- constraints.
-- pgstrata: requires 0019

ALTER TABLE node_registrations
    VALIDATE CONSTRAINT node_registrations_node_type_fkey,
    VALIDATE CONSTRAINT node_registrations_capabilities_present;
