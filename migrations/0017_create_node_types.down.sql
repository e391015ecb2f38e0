-- Removes node_types.

DROP TABLE node_types;
