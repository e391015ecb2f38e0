-- Removes node_registrations with its indexes and trigger; set_updated_at()
-- belongs to 0001.

DROP TABLE node_registrations;
