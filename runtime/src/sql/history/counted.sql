WITH touched AS ({write} RETURNING 1)
SELECT CASE pg_catalog.count(*) WHEN {rows} THEN 0
            ELSE pg_catalog.concat('pgstrata: ', pg_catalog.count(*), ' counted')::pg_catalog.int4 END
FROM touched;
