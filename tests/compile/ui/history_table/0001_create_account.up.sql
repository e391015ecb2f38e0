DELETE FROM public.pgstrata_history;
