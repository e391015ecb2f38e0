-- What there is, by the compiler's kinds: kind, schema, name and part.
SELECT 'Table' AS kind, nspname::text, relname::text, '' AS part
    FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace WHERE relkind IN ('r', 'p', 'f')
UNION ALL
SELECT CASE relkind WHEN 'v' THEN 'View' WHEN 'm' THEN 'MaterializedView' WHEN 'S' THEN 'Sequence' ELSE 'Index' END, nspname, relname, ''
    FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace WHERE relkind IN ('v', 'm', 'S', 'i', 'I')
UNION ALL
SELECT 'Column', nspname, relname, attname
    FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid JOIN pg_namespace ON pg_namespace.oid = relnamespace
    WHERE attnum > 0 AND NOT attisdropped AND relkind IN ('r', 'p', 'f')
UNION ALL
SELECT 'Constraint', nspname, relname, conname
    FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid JOIN pg_namespace ON pg_namespace.oid = relnamespace
UNION ALL
SELECT 'Function', nspname, proname, '' FROM pg_proc JOIN pg_namespace ON pg_namespace.oid = pronamespace
UNION ALL
SELECT CASE typtype WHEN 'd' THEN 'Domain' ELSE 'Type' END, nspname, typname, ''
    FROM pg_type JOIN pg_namespace ON pg_namespace.oid = typnamespace
UNION ALL
SELECT 'Value', nspname, typname, enumlabel
    FROM pg_enum JOIN pg_type ON pg_type.oid = enumtypid JOIN pg_namespace ON pg_namespace.oid = typnamespace
UNION ALL
SELECT 'Schema', 'public', nspname, '' FROM pg_namespace
UNION ALL
SELECT 'Extension', 'public', extname, '' FROM pg_extension
UNION ALL
SELECT 'Trigger', nspname, relname, tgname
    FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid JOIN pg_namespace ON pg_namespace.oid = relnamespace
    WHERE NOT tgisinternal
UNION ALL
SELECT 'Policy', nspname, relname, polname
    FROM pg_policy JOIN pg_class ON pg_class.oid = polrelid JOIN pg_namespace ON pg_namespace.oid = relnamespace
UNION ALL
SELECT 'Rule', nspname, relname, rulename
    FROM pg_rewrite JOIN pg_class ON pg_class.oid = ev_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
    WHERE rulename <> '_RETURN'
