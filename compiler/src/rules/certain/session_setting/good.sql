SET LOCAL search_path TO audit;
SELECT set_config('search_path', 'public', true);
