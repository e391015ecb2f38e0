SELECT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = {schema_text}) AS has_schema,
       t.oid IS NOT NULL AS has_table,
       pg_catalog.substring(pg_catalog.obj_description(t.oid, 'pg_class'), 'layout ([0-9]+)')::integer AS layout
FROM (SELECT pg_catalog.to_regclass({history_text})::oid AS oid) AS t
