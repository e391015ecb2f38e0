-- Takes the rules of 0023 out again; rules with other events stay.

DELETE FROM fsm_transition_rules
WHERE (entity_type, from_state, event) IN (
    ('workflow', 'PENDING',     'start'),
    ('workflow', 'PENDING',     'cancel'),
    ('workflow', 'RUNNING',     'complete'),
    ('workflow', 'RUNNING',     'fail'),
    ('workflow', 'RUNNING',     'cancel'),
    ('workflow', 'FAILED',      'retry'),
    ('bridge',   'IDLE',        'receive'),
    ('bridge',   'AGGREGATING', 'flush'),
    ('bridge',   'AGGREGATING', 'fail'),
    ('bridge',   'PERSISTING',  'done'),
    ('bridge',   'PERSISTING',  'fail'),
    ('bridge',   'FAILED',      'reset')
);
