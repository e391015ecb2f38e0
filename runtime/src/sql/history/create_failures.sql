-- Grows by a row a failure. Without the server's message, which may hold data.
CREATE TABLE {if_missing} {failures} (
    at          timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    version     bigint,
    label       text NOT NULL,
    action      text NOT NULL,
    statement   integer,
    sqlstate    text,
    reason      text,
    who         text NOT NULL DEFAULT session_user,
    application text NOT NULL DEFAULT pg_catalog.current_setting('application_name'),
    program     text NOT NULL,
    list_digest bytea
);
