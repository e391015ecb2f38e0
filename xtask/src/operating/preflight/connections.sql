-- Each limit that counts for this session's user, what it allows, and what is in use. What is reserved
-- (also for roles, since PostgreSQL 16) is for emergencies.
WITH sessions AS (
    SELECT a.datname, a.usename FROM pg_catalog.pg_stat_activity AS a
    -- Hidden of others is what kind of backend it is; only clients have a database and a user.
    WHERE a.datname IS NOT NULL AND a.usename IS NOT NULL
)
SELECT 'the server', pg_catalog.current_setting('max_connections')::bigint
           - pg_catalog.current_setting('superuser_reserved_connections')::bigint
           - coalesce(pg_catalog.current_setting('reserved_connections', true)::bigint, 0),
       (SELECT count(*) FROM sessions)
UNION ALL
SELECT 'database ' || d.datname, d.datconnlimit, (SELECT count(*) FROM sessions AS s WHERE s.datname = d.datname)
FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database() AND d.datconnlimit >= 0
UNION ALL
SELECT 'user ' || r.rolname, r.rolconnlimit, (SELECT count(*) FROM sessions AS s WHERE s.usename = r.rolname)
FROM pg_catalog.pg_roles AS r WHERE r.rolname = session_user AND r.rolconnlimit >= 0
