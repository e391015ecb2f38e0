DO {quote}
BEGIN
    -- CREATE SCHEMA IF NOT EXISTS requires the privilege even if the schema exists.
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = {schema_text}) THEN
        CREATE SCHEMA {schema};
    END IF;
END
{quote};
