SELECT r.label, r.what, r.name
FROM (VALUES {required}) AS r (number, label, what, name)
WHERE CASE r.what
    WHEN 'extension' THEN NOT EXISTS (SELECT FROM pg_catalog.pg_extension AS e WHERE e.extname = r.name)
    ELSE pg_catalog.to_regclass(r.name) IS NULL
END
ORDER BY r.number
