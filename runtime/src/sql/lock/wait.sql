-- Together with all who wait, until the lock is given back. A session that waits holds a snapshot, which CREATE
-- INDEX CONCURRENTLY of the lock's holder waits for: long before the server looks for a deadlock it is
-- over. A shorter deadlock_timeout leaves no room for that.
SELECT CASE WHEN pg_catalog.current_setting('deadlock_timeout')::pg_catalog.interval >= '1s'::pg_catalog.interval
            THEN pg_catalog.pg_advisory_xact_lock_shared({key})::pg_catalog.text END IS NOT NULL AS has_waited
