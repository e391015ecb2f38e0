(SELECT pg_catalog.min(h.label) FROM {history} AS h,
    LATERAL pg_catalog.generate_series(1, pg_catalog.cardinality(h.down_targets), 4) AS g (place)
 WHERE h.version IS NULL AND h.down_targets[g.place] IN ('view', 'materialized view')
   AND h.down_targets[g.place + 1] = o.schema::text AND h.down_targets[g.place + 2] = o.name::text)
