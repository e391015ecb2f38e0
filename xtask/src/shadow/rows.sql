-- For each empty table that earlier statements have made: the statement that fills it with $1
-- rows, as far as the types of its columns are known. The same number gives the same value in
-- every table, so that foreign keys lead somewhere. The statement itself runs with the session's path,
-- as triggers expect it, so nothing in it is looked up along that. $2 is the schema of the history,
-- $3 and $4 are the schemas and names of tables to leave empty.
WITH candidate AS (
    SELECT attrelid, attnum, quote_ident(attname) AS name, attnotnull,
        CASE
            WHEN typcategory = 'E' THEN format('(pg_catalog.enum_range(NULL::%s))[1]', atttypid::regtype)
            WHEN typcategory = 'A' THEN '''{}'''
            WHEN typname = 'int2' THEN 'g OPERATOR(pg_catalog.%) 32767'
            WHEN typname IN ('int4', 'int8', 'numeric', 'float4', 'float8') THEN 'g'
            WHEN typname = 'bool' THEN 'g OPERATOR(pg_catalog.%) 2 OPERATOR(pg_catalog.=) 0'
            WHEN typname IN ('varchar', 'bpchar') AND atttypmod > 4 THEN format('pg_catalog.left(''v'' OPERATOR(pg_catalog.||) g, %s)', atttypmod - 4)
            WHEN typname IN ('text', 'varchar', 'name', 'citext') THEN '''v'' OPERATOR(pg_catalog.||) g'
            WHEN typname IN ('timestamptz', 'timestamp', 'date') THEN
                'timestamp ''2024-01-01'' OPERATOR(pg_catalog.+) (g OPERATOR(pg_catalog.*) interval ''1 day'')'
            WHEN typname = 'time' THEN 'time ''12:00'''
            WHEN typname = 'interval' THEN 'g OPERATOR(pg_catalog.*) interval ''1 minute'''
            WHEN typname = 'uuid' THEN 'pg_catalog.md5(g::pg_catalog.text)::pg_catalog.uuid'
            WHEN typname IN ('json', 'jsonb') THEN '''{}'''
            WHEN typname = 'bytea' THEN 'pg_catalog.decode(pg_catalog.md5(g::pg_catalog.text), ''hex'')'
            WHEN typname IN ('inet', 'cidr') THEN '''192.0.2.1'''
        END AS value
    FROM pg_attribute JOIN pg_type ON pg_type.oid = atttypid
    WHERE attnum > 0 AND NOT attisdropped AND NOT atthasdef AND attidentity = '' AND attgenerated = ''
)
SELECT format('INSERT INTO %s (%s) SELECT %s FROM pg_catalog.generate_series(1, %s) AS g',
    c.oid::regclass, string_agg(name, ', ' ORDER BY attnum), string_agg(value, ', ' ORDER BY attnum), $1::int)
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = relnamespace
JOIN candidate ON attrelid = c.oid
WHERE relkind = 'r' AND NOT relispartition AND pg_relation_size(c.oid) = 0
  AND nspname !~ '^pg_' AND nspname NOT IN ('information_schema', $2)
  AND NOT EXISTS (
      SELECT FROM unnest($3::text[], $4::text[]) AS t (schema, name)
      WHERE nspname = t.schema AND relname = t.name)
  AND NOT EXISTS (
      SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = c.oid AND deptype = 'e')
GROUP BY c.oid
HAVING bool_and(value IS NOT NULL OR NOT attnotnull)
ORDER BY c.oid
