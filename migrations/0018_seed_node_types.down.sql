-- Takes the types of the platform out of node_types; other rows stay.

DELETE FROM node_types
WHERE node_type IN ('effect', 'compute', 'reducer', 'orchestrator');
