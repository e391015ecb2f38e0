-- Indexes of kind btree that have at least $1 bytes and twice what their entries need: each has a tuple
-- header of 8 bytes, a line pointer of 4 and its columns; pages are filled to 90 in 100. Columns
-- of which nothing is known, such as expressions, leave their index out. Duplicates that are
-- stored once (since PostgreSQL 13) make the need too high, so that less is found. Of the schemas $2,
-- where they are given.
SELECT c.oid, pg_catalog.pg_relation_size(c.oid),
       (c.reltuples * (12 + width.bytes) / 0.9)::bigint
FROM pg_catalog.pg_index AS i
JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
JOIN pg_catalog.pg_am AS m ON m.oid = c.relam AND m.amname = 'btree'
JOIN pg_catalog.pg_class AS t ON t.oid = i.indrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = t.relnamespace
CROSS JOIN LATERAL (
    SELECT ceil(sum(s.avg_width * (1 - s.null_frac)) / 8) * 8 AS bytes, count(s.attname) AS known
    FROM unnest(i.indkey) AS k (attnum)
    LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = t.oid AND a.attnum = k.attnum AND k.attnum > 0
    LEFT JOIN pg_catalog.pg_stats AS s
        ON s.schemaname = n.nspname AND s.tablename = t.relname AND s.attname = a.attname AND NOT s.inherited
) AS width
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND c.reltuples > 0 AND width.known = i.indnatts
  AND pg_catalog.pg_relation_size(c.oid) >= $1
  AND pg_catalog.pg_relation_size(c.oid) > 2 * (c.reltuples * (12 + width.bytes) / 0.9)
  AND ($2::text[] IS NULL OR n.nspname = ANY ($2))
