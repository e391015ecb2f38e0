-- Values are written the same way whatever the server's and the session's settings are.
SET LOCAL plan_cache_mode = force_generic_plan;
SET LOCAL timezone = 'UTC';
SET LOCAL datestyle = 'ISO, MDY';
SET LOCAL intervalstyle = 'postgres';
SET LOCAL bytea_output = 'hex';
SET LOCAL extra_float_digits = 1;
SET LOCAL quote_all_identifiers = off;
