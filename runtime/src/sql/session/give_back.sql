-- Who the session is, and the role, first: they may be needed for the others.
SELECT pg_catalog.set_config('session_authorization', {session_user}, false),
       pg_catalog.set_config('role', {role}, false),
       pg_catalog.set_config('search_path', {search_path}, false),
       pg_catalog.set_config('lock_timeout', {lock_timeout}, false),
       pg_catalog.set_config('statement_timeout', {statement_timeout}, false)
