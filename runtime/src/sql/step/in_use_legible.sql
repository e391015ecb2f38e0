pg_catalog.regexp_replace({text}, E'[^\\x01-\\x7f]', '?', 'g')
