-- Removes bridge_states with its index and trigger; set_updated_at() belongs
-- to 0001.

DROP TABLE bridge_states;
