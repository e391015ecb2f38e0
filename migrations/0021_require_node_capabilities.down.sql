-- Takes NOT NULL off node_registrations.capabilities; the check of 0019 stays.

ALTER TABLE node_registrations
    ALTER COLUMN capabilities DROP NOT NULL;
