SELECT pg_catalog.set_config('pgstrata.name', pg_catalog.concat(pg_catalog.to_regclass({name})::pg_catalog.oid), true),
       pg_catalog.set_config('pgstrata.table', pg_catalog.concat(pg_catalog.to_regclass({table})::pg_catalog.oid), true)
