-- In one transaction with the script, so nobody sees the row between. Raises unless it is there.
WITH gone AS (
    DELETE FROM {history} AS h WHERE h.version = {version} AND h.attempt = {attempt} RETURNING h.attempt, h.version
), said AS (
    INSERT INTO {events} (attempt, action, version, label, reason, program, list_digest)
    SELECT g.attempt, 'rolled back', g.version, {label}, {reason}, {program}, {list_digest} FROM gone AS g
    RETURNING 1
)
SELECT CASE pg_catalog.count(*) WHEN 1 THEN 0
            ELSE pg_catalog.concat('pgstrata: ', pg_catalog.count(*), ' counted')::pg_catalog.int4 END
FROM said;
