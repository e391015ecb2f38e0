SET LOCAL search_path TO audit;
SELECT set_config('search_path', 'public', true);
SET LOCAL ROLE NONE;
DISCARD TEMP;
SELECT pg_advisory_unlock(7);
REVOKE EXECUTE ON FUNCTION pg_advisory_unlock_all() FROM PUBLIC;
