SELECT pg_catalog.concat('ALTER EVENT TRIGGER ', pg_catalog.quote_ident(e.evtname), ' DISABLE;') AS repair
FROM pg_catalog.pg_event_trigger AS e
WHERE e.evtenabled <> 'D' AND e.evtevent = 'ddl_command_end'
ORDER BY e.evtname
