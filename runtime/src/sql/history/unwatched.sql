-- An event trigger may change what is made, so what is made must be looked at: this fails if there is one.
SELECT pg_catalog.concat('pgstrata: ', e.oid, ' event trigger')::pg_catalog.int4
FROM pg_catalog.pg_event_trigger AS e WHERE e.evtenabled <> 'D'
