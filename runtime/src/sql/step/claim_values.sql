({version}, {label}, {state}, {algorithm}, {up_checksum}, {down_checksum}, {down_sql},
    {down_starts}, {down_ends}, {down_lines}, {down_concurrent}, {down_transactional}, {down_lock_timeout},
    {down_statement_timeout}, {down_targets}, {down_code}, {irreversible}, {done}, {statements}, {program},
    pg_catalog.clock_timestamp(), {next_statement});
