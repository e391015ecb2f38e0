-- From now on a node registers with a known type and says what it is capable
-- of. Rows already there are proved by 0020; the foreign key has its index
-- since 0005. Depends on node_registrations and on node_types with its rows.
-- pgstrata: requires 0005, 0018

ALTER TABLE node_registrations
    ADD CONSTRAINT node_registrations_node_type_fkey
        FOREIGN KEY (node_type) REFERENCES node_types (node_type)
        ON UPDATE CASCADE
        ON DELETE RESTRICT
        NOT VALID,
    ADD CONSTRAINT node_registrations_capabilities_present
        CHECK (capabilities IS NOT NULL)
        NOT VALID;
