SET LOCAL search_path TO audit;
SELECT set_config('search_path', 'public', true);
SET LOCAL ROLE NONE;
DISCARD TEMP;
SELECT pg_advisory_unlock(7);
REVOKE EXECUTE ON FUNCTION pg_advisory_unlock_all() FROM PUBLIC;
-- or:
SET client_min_messages = 'ERROR';
DROP TABLE IF EXISTS old;
RESET client_min_messages;
SET SESSION work_mem TO '1GB';
SET work_mem TO DEFAULT;
