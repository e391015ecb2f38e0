-- Layout 1. The next ones are made from it, so that a new history and an old one are the same.
DO $pgstrata$
BEGIN
    -- CREATE SCHEMA IF NOT EXISTS asks for the privilege even where the schema exists.
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = {schema_text}) THEN
        CREATE SCHEMA {schema};
    END IF;
END
$pgstrata$;
CREATE TABLE IF NOT EXISTS {history} (
    version                   bigint PRIMARY KEY CHECK (version >= 0),
    label                     text NOT NULL,
    state                     text NOT NULL CHECK (state IN ('applied', 'applying', 'rolling back')),
    attempt                   bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    checksum_algorithm        smallint NOT NULL,
    up_checksum               bytea NOT NULL,
    down_checksum             bytea NOT NULL,
    down_sql                  text NOT NULL,
    down_starts               integer[] NOT NULL,
    down_ends                 integer[] NOT NULL,
    down_lines                integer[] NOT NULL,
    down_concurrent           boolean[] NOT NULL,
    down_transactional        boolean NOT NULL,
    down_lock_timeout_ms      integer,
    down_statement_timeout_ms integer,
    irreversible              text,
    statements_done           integer NOT NULL,
    statements_total          integer NOT NULL,
    applied_at                timestamptz NOT NULL DEFAULT pg_catalog.now(),
    applied_by                text NOT NULL DEFAULT session_user,
    application               text NOT NULL DEFAULT pg_catalog.current_setting('application_name'),
    program                   text NOT NULL
);
CREATE TABLE IF NOT EXISTS {events} (
    attempt     bigint NOT NULL,
    action      text NOT NULL,
    version     bigint NOT NULL,
    label       text NOT NULL,
    at          timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    duration    interval,
    who         text NOT NULL DEFAULT session_user,
    application text NOT NULL DEFAULT pg_catalog.current_setting('application_name'),
    program     text NOT NULL,
    PRIMARY KEY (attempt, action)
);
