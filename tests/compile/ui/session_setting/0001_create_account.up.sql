SET search_path TO audit;
SELECT pg_catalog.set_config('search_path', '', false);
