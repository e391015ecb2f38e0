SELECT pg_catalog.set_config('application_name', left(pg_catalog.current_setting('application_name'), 50) || $1, false)
