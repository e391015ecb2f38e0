SELECT pg_catalog.set_config('pgstrata.named', pg_catalog.array_to_string(ARRAY[{names}]::pg_catalog.oid[], ',', '0'), true)
