-- Brings layouts 1 to 3 to today's. All of it may run again: a restored copy may have lost the
-- comment that holds its layout.
DO {quote}
BEGIN
    -- Since layout 2 a repeatable has a row without a version, so the version is not the primary key.
    IF (SELECT a.attnotnull FROM pg_catalog.pg_attribute AS a
        WHERE a.attrelid = {history_text}::pg_catalog.regclass AND a.attname = 'version') THEN
        EXECUTE (SELECT pg_catalog.format('ALTER TABLE %s DROP CONSTRAINT %I', c.conrelid::pg_catalog.regclass, c.conname)
                 FROM pg_catalog.pg_constraint AS c
                 WHERE c.conrelid = {history_text}::pg_catalog.regclass AND c.contype = 'p');
        ALTER TABLE {history} ALTER COLUMN version DROP NOT NULL;
        ALTER TABLE {history} ADD PRIMARY KEY (attempt), ADD UNIQUE (version);
        CREATE UNIQUE INDEX ON {history} (label) WHERE version IS NULL;
    END IF;
END
{quote};
ALTER TABLE {history}
    ADD COLUMN IF NOT EXISTS down_targets text[] NOT NULL DEFAULT '{}',
    ADD COLUMN IF NOT EXISTS intent bigint[],
    ADD COLUMN IF NOT EXISTS batches bigint NOT NULL DEFAULT 0,
    ADD COLUMN IF NOT EXISTS batch_rows bigint NOT NULL DEFAULT 0,
    ADD COLUMN IF NOT EXISTS batch_key bigint,
    ADD COLUMN IF NOT EXISTS down_code text,
    ADD COLUMN IF NOT EXISTS next_statement text,
    ADD COLUMN IF NOT EXISTS statement_work interval[],
    ADD COLUMN IF NOT EXISTS statement_rows bigint[];
ALTER TABLE {events}
    ALTER COLUMN version DROP NOT NULL,
    ADD COLUMN IF NOT EXISTS reason text,
    ADD COLUMN IF NOT EXISTS list_digest bytea,
    ADD COLUMN IF NOT EXISTS work interval,
    ADD COLUMN IF NOT EXISTS statement_work interval[],
    ADD COLUMN IF NOT EXISTS statement_rows bigint[],
    ADD COLUMN IF NOT EXISTS held_locks text[],
    ADD COLUMN IF NOT EXISTS placeholder_digest bytea;
{create_failures}
{comments}
