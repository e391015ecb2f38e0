SELECT pg_catalog.set_config('pgstrata.tables', pg_catalog.concat_ws(',', {tables}), true)
