-- Of what is needed, what is not there.
SELECT n.step, n.statement, CASE n.what
    WHEN 'optional' THEN n.name
    WHEN 'extension' THEN 'the extension ' || n.name || ', which is not installed: as a role that may, run CREATE EXTENSION '
                          || pg_catalog.quote_ident(n.name)
    ELSE 'the table ' || n.name || ', which is not there: whoever makes it has to come first'
END AS what
FROM (VALUES {needs}) AS n (step, statement, what, name, place)
WHERE CASE n.what
    WHEN 'optional' THEN NOT EXISTS (SELECT FROM pg_catalog.pg_available_extensions AS e WHERE e.name = n.name)
    WHEN 'extension' THEN NOT EXISTS (SELECT FROM pg_catalog.pg_extension AS e WHERE e.extname = n.name)
    ELSE (pg_catalog.string_to_array(pg_catalog.current_setting('pgstrata.tables'), ','))[n.place] <> 't'
END
ORDER BY n.step, n.statement, n.what, n.name
