-- Values are written the same way whatever the server's and the session's settings are.
SET search_path = '';
SET plan_cache_mode = force_generic_plan;
SET timezone = 'UTC';
SET datestyle = 'ISO, MDY';
SET intervalstyle = 'postgres';
SET bytea_output = 'hex';
SET extra_float_digits = 1;
SET quote_all_identifiers = off;
