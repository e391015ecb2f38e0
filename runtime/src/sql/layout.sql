SELECT CASE WHEN t.oid IS NULL THEN 0 ELSE coalesce(
           pg_catalog.substring(pg_catalog.obj_description(t.oid, 'pg_class'), 'layout ([0-9]+)')::integer, 1) END
FROM (SELECT pg_catalog.to_regclass({history_text})::oid AS oid) AS t
