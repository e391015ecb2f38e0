-- Lets any node type register again, with or without capabilities.

ALTER TABLE node_registrations
    DROP CONSTRAINT node_registrations_capabilities_present,
    DROP CONSTRAINT node_registrations_node_type_fkey;
