'prepared' AS kind, NULL::integer AS pid, p.owner::text AS who, NULL::text AS application,
       pg_catalog.date_trunc('second', p.prepared)::text AS since, NULL::text AS state, NULL::text AS query,
       pg_catalog.date_trunc('second', pg_catalog.clock_timestamp() - p.prepared)::text AS transaction_age,
       p.gid AS name, p.database::text AS database
