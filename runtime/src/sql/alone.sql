SELECT a.pid FROM pg_catalog.pg_stat_activity AS a WHERE a.pid = {pid}
