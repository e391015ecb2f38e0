RESET search_path;
RESET plan_cache_mode;
RESET timezone;
RESET datestyle;
RESET intervalstyle;
RESET bytea_output;
RESET extra_float_digits;
RESET quote_all_identifiers;
