-- Makes the constraints of 0019 unproven again: PostgreSQL has no inverse of
-- VALIDATE, so each is replaced by its definition in 0019.

ALTER TABLE node_registrations
    DROP CONSTRAINT node_registrations_capabilities_present,
    DROP CONSTRAINT node_registrations_node_type_fkey,
    ADD CONSTRAINT node_registrations_node_type_fkey
        FOREIGN KEY (node_type) REFERENCES node_types (node_type)
        ON UPDATE CASCADE
        ON DELETE RESTRICT
        NOT VALID,
    ADD CONSTRAINT node_registrations_capabilities_present
        CHECK (capabilities IS NOT NULL)
        NOT VALID;
