-- Creates what health monitoring reads: the view node_health_summary and the
-- function silent_nodes(), which finds nodes that missed their heartbeats.
-- Depends on node_registrations and node_types.
-- pgstrata: requires 0005, 0017

CREATE VIEW node_health_summary AS
SELECT kind.node_type,
       count(node.node_id) AS nodes,
       count(*) FILTER (WHERE node.health_status = 'HEALTHY') AS healthy,
       count(*) FILTER (WHERE node.health_status IN ('DEGRADED', 'UNHEALTHY')) AS ailing,
       max(node.last_heartbeat) AS last_heartbeat
FROM node_types AS kind
LEFT JOIN node_registrations AS node ON node.node_type = kind.node_type
GROUP BY kind.node_type;

COMMENT ON VIEW node_health_summary IS
    'How many nodes of each type are registered, healthy and ailing; types without nodes too.';

CREATE FUNCTION silent_nodes(missed_heartbeats integer)
RETURNS SETOF node_registrations
LANGUAGE sql
STABLE
AS $$
    SELECT node.*
    FROM node_registrations AS node
    JOIN node_types AS kind ON kind.node_type = node.node_type
    WHERE COALESCE(node.last_heartbeat, node.registered_at)
        < now() - kind.heartbeat_interval * missed_heartbeats;
$$;

COMMENT ON FUNCTION silent_nodes(integer) IS
    'Nodes whose last sign of life is older than that many heartbeats of their type.';
