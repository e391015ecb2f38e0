UNION ALL
SELECT CASE WHEN version IS NULL THEN 'repeated' WHEN state = 'baselined' THEN 'applied' ELSE state END, coalesce(version::text, label), 1
FROM public.pgstrata_history
UNION ALL
SELECT 'event', label || ' ' || action, count(*) FROM public.pgstrata_history_events GROUP BY label, action
