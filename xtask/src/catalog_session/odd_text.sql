-- After a text that could not be read as UTF-8: raises the same error with the objects whose texts cannot,
-- their bytes in ASCII. The query in it reads all that pg_dump would print; it is sent to no client, so
-- nothing of it is converted.
DO $pgstrata$
DECLARE
    encoding CONSTANT name := pg_catalog.getdatabaseencoding();
    it record;
    part text;
    lines text[] := '{}';
    -- Names among them.
    odd text[] := '{}';
    shown text[];
    line text;
BEGIN
    FOR it IN EXECUTE $objects$
        SELECT o.kind, o.name, o.property, o.value FROM (
{objects}
        ) AS o
        UNION ALL SELECT 'role', pg_catalog.quote_ident(r.rolname), NULL, NULL FROM pg_catalog.pg_roles AS r
        UNION ALL SELECT 'the database', pg_catalog.quote_ident(d.datname), NULL, NULL FROM pg_catalog.pg_database AS d
                  WHERE d.datname = pg_catalog.current_database()
    $objects$ USING ''::name, 'public'::text, NULL::text[] LOOP
        FOREACH part IN ARRAY ARRAY[it.name, it.value] LOOP
            BEGIN
                -- Of a server that keeps any bytes, too, this looks whether they are UTF-8.
                PERFORM pg_catalog.convert(pg_catalog.convert_to(part, encoding), encoding, 'UTF8');
            EXCEPTION WHEN character_not_in_repertoire OR untranslatable_character THEN
                shown := '{}';
                FOREACH line IN ARRAY ARRAY[it.name, part] LOOP
                    BEGIN
                        line := pg_catalog.encode(pg_catalog.convert_to(line, encoding), 'escape');
                    EXCEPTION WHEN OTHERS THEN
                        BEGIN
                            -- What is not of this encoding either; this looks at a backslash only.
                            line := pg_catalog.encode(line::bytea, 'escape');
                        EXCEPTION WHEN OTHERS THEN
                            line := '(not shown)';
                        END;
                    END;
                    shown := shown || line;
                END LOOP;
                IF part = it.name THEN
                    odd := odd || part;
                    line := it.kind || ' ' || shown[1] || ': its name';
                ELSE
                    line := pg_catalog.regexp_replace(shown[2], '\s+', ' ', 'g');
                    line := it.kind || ' ' || CASE WHEN it.name = ANY (odd) THEN shown[1] ELSE it.name END || ': its ' || it.property
                        || ', ' || CASE WHEN pg_catalog.length(line) > 200 THEN pg_catalog.left(line, 200) || '...' ELSE line END;
                END IF;
                IF line <> ALL (lines) THEN
                    lines := lines || line;
                END IF;
            END;
        END LOOP;
    END LOOP;
    IF lines <> '{}' THEN
        RAISE EXCEPTION USING ERRCODE = '{code}',
            MESSAGE = 'the database, in ' || encoding || ', has bytes that are not UTF-8, or a character that UTF-8 lacks',
            DETAIL = pg_catalog.array_to_string(lines[1:10], E'\n')
                || CASE WHEN pg_catalog.cardinality(lines) > 10
                   THEN pg_catalog.format(E'\nand %s more', pg_catalog.cardinality(lines) - 10) ELSE '' END,
            HINT = CASE encoding
                WHEN 'UTF8' THEN 'names of roles and databases are the whole server''s: rename each in a database of the encoding in which it was made'
                ELSE 'rename each, or write its text again, in UTF-8; psql sends bytes as they are after SET client_encoding = '
                     || encoding || '; or move the database to one made with ENCODING ''UTF8''' END;
    END IF;
END
$pgstrata$
