-- An event trigger may change what is made, so what is made must be looked at.
SELECT CASE WHEN EXISTS (SELECT FROM pg_catalog.pg_event_trigger AS e WHERE e.evtenabled <> 'D')
            THEN 'pgstrata: an event trigger'::pg_catalog.int4 ELSE 0 END
