-- Of these characters, as UTF-8 in hexadecimal digits, those that the database's encoding lacks. A
-- conversion that is not possible is an error, which must not end a transaction of the caller's. To
-- SQL_ASCII nothing is converted.
DO $pgstrata$
DECLARE
    encoding CONSTANT name := pg_catalog.getdatabaseencoding();
    character text;
    lacking text := '';
BEGIN
    IF encoding NOT IN ('UTF8', 'SQL_ASCII') THEN
        FOREACH character IN ARRAY {characters} LOOP
            BEGIN
                PERFORM pg_catalog.convert(pg_catalog.decode(character, 'hex'), 'UTF8', encoding);
            EXCEPTION WHEN untranslatable_character THEN
                lacking := lacking || character || ' ';
            END;
        END LOOP;
    END IF;
    PERFORM pg_catalog.set_config('pgstrata.lacking', lacking, true);
END
$pgstrata$;
SELECT pg_catalog.getdatabaseencoding(), pg_catalog.current_setting('pgstrata.lacking', true)
