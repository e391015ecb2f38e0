SELECT pg_catalog.set_config('role', {role}, false);
