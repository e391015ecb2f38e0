-- Fills node_types with the types of the platform. A type that somebody added
-- by hand before gets the description and interval given here.
-- Depends on node_types.
-- pgstrata: requires 0017

INSERT INTO node_types (node_type, description, heartbeat_interval) VALUES
    ('effect',       'Talks to the outside world: databases, queues, files', interval '30 seconds'),
    ('compute',      'Pure transformation without side effects',             interval '60 seconds'),
    ('reducer',      'Aggregates events into bridge states',                 interval '15 seconds'),
    ('orchestrator', 'Drives workflow executions step by step',              interval '10 seconds')
ON CONFLICT (node_type) DO UPDATE
    SET description = excluded.description,
        heartbeat_interval = excluded.heartbeat_interval;
