(SELECT h.down_targets[g.place] AS kind, h.down_targets[g.place + 1] AS schema, h.down_targets[g.place + 2] AS name, h.down_targets[g.place + 3] AS part
 FROM pg_catalog.generate_series(1, pg_catalog.cardinality(h.down_targets), 4) AS g (place))
