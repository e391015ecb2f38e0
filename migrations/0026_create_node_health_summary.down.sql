-- Removes what health monitoring reads.

DROP FUNCTION silent_nodes(integer);
DROP VIEW node_health_summary;
