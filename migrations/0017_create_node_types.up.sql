-- Creates node_types, the list of node types that may register. Its rows come
-- with 0018, apart from the schema. Depends on nothing.

CREATE TABLE node_types (
    node_type          varchar(100) NOT NULL,
    description        text         NOT NULL,
    heartbeat_interval interval     NOT NULL DEFAULT interval '30 seconds',

    CONSTRAINT node_types_pkey PRIMARY KEY (node_type),
    CONSTRAINT node_types_node_type_check CHECK (node_type ~ '^[a-z][a-z0-9_]*$'),
    CONSTRAINT node_types_heartbeat_interval_check
        CHECK (heartbeat_interval > interval '0 seconds')
);

COMMENT ON TABLE node_types IS
    'Node types that may register, and how often each has to report.';
