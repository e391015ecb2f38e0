SELECT to_regclass(format('%I.%I', $1::text, $2::text)) IS NOT NULL
