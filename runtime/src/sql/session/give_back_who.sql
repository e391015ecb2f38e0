-- Who the session is, and the role: they may be needed for what comes behind. By itself, since a role
-- may be gone by now.
SELECT pg_catalog.set_config('session_authorization', {session_user}, false),
       pg_catalog.set_config('role', {role}, false)
