-- Fills fsm_transition_rules for workflows and bridges, with the states that
-- 0001 and 0004 allow. A rule that is already there was put there on purpose
-- and stays as it is. Depends on fsm_transition_rules.
-- pgstrata: requires 0022

INSERT INTO fsm_transition_rules (entity_type, from_state, event, to_state) VALUES
    ('workflow', 'PENDING',     'start',    'RUNNING'),
    ('workflow', 'PENDING',     'cancel',   'CANCELLED'),
    ('workflow', 'RUNNING',     'complete', 'COMPLETED'),
    ('workflow', 'RUNNING',     'fail',     'FAILED'),
    ('workflow', 'RUNNING',     'cancel',   'CANCELLED'),
    ('workflow', 'FAILED',      'retry',    'PENDING'),
    ('bridge',   'IDLE',        'receive',  'AGGREGATING'),
    ('bridge',   'AGGREGATING', 'flush',    'PERSISTING'),
    ('bridge',   'AGGREGATING', 'fail',     'FAILED'),
    ('bridge',   'PERSISTING',  'done',     'IDLE'),
    ('bridge',   'PERSISTING',  'fail',     'FAILED'),
    ('bridge',   'FAILED',      'reset',    'IDLE')
ON CONFLICT (entity_type, from_state, event) DO NOTHING;
