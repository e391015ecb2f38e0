SELECT {name}, count(*)::text, coalesce(sum(hashtextextended(to_jsonb(t)::text, 0)), 0)::text FROM {table} AS t
