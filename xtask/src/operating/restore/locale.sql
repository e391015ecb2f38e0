-- The encoding and locale of this database, as CREATE DATABASE has them.
SELECT pg_catalog.format('ENCODING %L LC_COLLATE %L LC_CTYPE %L', pg_catalog.pg_encoding_to_char(d.encoding),
                         d.datcollate, d.datctype)
    -- Since PostgreSQL 15 there are other providers.
    || CASE pg_catalog.to_jsonb(d) ->> 'datlocprovider'
           WHEN 'i' THEN pg_catalog.format(' LOCALE_PROVIDER icu ICU_LOCALE %L',
               coalesce(pg_catalog.to_jsonb(d) ->> 'datlocale', pg_catalog.to_jsonb(d) ->> 'daticulocale'))
           WHEN 'b' THEN pg_catalog.format(' LOCALE_PROVIDER builtin BUILTIN_LOCALE %L', pg_catalog.to_jsonb(d) ->> 'datlocale')
           ELSE '' END
FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database()
