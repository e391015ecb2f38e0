SELECT g.groupid AS group_id FROM pg_catalog.pg_dist_local_group AS g
