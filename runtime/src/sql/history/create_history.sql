-- Today's layout. `upgrade_history.sql` brings earlier ones to the same, column for column.
{create_schema}CREATE TABLE {history} (
    version                   bigint UNIQUE CHECK (version >= 0),
    label                     text NOT NULL,
    state                     text NOT NULL CHECK (state IN ('applied', 'applying', 'rolling back')),
    attempt                   bigint NOT NULL GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
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
    program                   text NOT NULL,
    down_targets              text[] NOT NULL DEFAULT '{}',
    intent                    bigint[],
    batches                   bigint NOT NULL DEFAULT 0,
    batch_rows                bigint NOT NULL DEFAULT 0,
    batch_key                 bigint,
    down_code                 text,
    next_statement            text,
    statement_work            interval[],
    statement_rows            bigint[]
);
CREATE UNIQUE INDEX ON {history} (label) WHERE version IS NULL;
{create_events}
{create_failures}
{comments}
