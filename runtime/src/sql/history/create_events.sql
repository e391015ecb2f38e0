-- Grows by a row an action.
CREATE TABLE {if_missing} {events} (
    attempt            bigint NOT NULL,
    action             text NOT NULL,
    version            bigint,
    label              text NOT NULL,
    at                 timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    duration           interval,
    who                text NOT NULL DEFAULT session_user,
    application        text NOT NULL DEFAULT pg_catalog.current_setting('application_name'),
    program            text NOT NULL,
    reason             text,
    list_digest        bytea,
    work               interval,
    statement_work     interval[],
    statement_rows     bigint[],
    held_locks         text[],
    placeholder_digest bytea,
    PRIMARY KEY (attempt, action)
);
