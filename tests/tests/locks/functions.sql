-- Functions that a default can call, by name: whether each of that name is volatile. Of names that
-- have both kinds, such as `pg_get_wal_stats_till_end_of_wal`, nothing can be said by name.
SELECT proname::text, bool_and(provolatile = 'v')
FROM pg_proc
WHERE pronamespace = 'pg_catalog'::regnamespace
    AND prokind = 'f'
    AND NOT proretset
    AND prorettype NOT IN ('void'::regtype, 'trigger'::regtype, 'event_trigger'::regtype, 'internal'::regtype)
    AND NOT 'internal'::regtype = ANY (proargtypes)
    AND prorettype <> 'language_handler'::regtype
GROUP BY proname
HAVING count(DISTINCT provolatile = 'v') = 1
ORDER BY proname
