SELECT to_char(at AT TIME ZONE 'UTC', 'HH24:MI:SS.MS') AS at,
       action,
       label,
       round(extract(epoch FROM duration)::numeric * 1000, 1)::text || ' ms' AS duration
FROM public.pgstrata_history_events
ORDER BY at, attempt
