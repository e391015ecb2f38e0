-- A repeatable has a row without a version, so the version cannot be the primary key any more.
-- Everything here may run again: a restored copy may have lost the comment that tells its layout.
DO $pgstrata$
BEGIN
    IF (SELECT attnotnull FROM pg_catalog.pg_attribute
        WHERE attrelid = {history_text}::pg_catalog.regclass AND attname = 'version') THEN
        EXECUTE (SELECT pg_catalog.format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::pg_catalog.regclass, conname)
                 FROM pg_catalog.pg_constraint
                 WHERE conrelid = {history_text}::pg_catalog.regclass AND contype = 'p');
        ALTER TABLE {history} ALTER COLUMN version DROP NOT NULL;
        ALTER TABLE {history} ADD PRIMARY KEY (attempt), ADD UNIQUE (version);
        CREATE UNIQUE INDEX ON {history} (label) WHERE version IS NULL;
    END IF;
END
$pgstrata$;
ALTER TABLE {history}
    ADD COLUMN IF NOT EXISTS down_targets text[] NOT NULL DEFAULT '{}',
    ADD COLUMN IF NOT EXISTS intent bigint[],
    ADD COLUMN IF NOT EXISTS batches bigint NOT NULL DEFAULT 0,
    ADD COLUMN IF NOT EXISTS batch_rows bigint NOT NULL DEFAULT 0,
    ADD COLUMN IF NOT EXISTS batch_key bigint;
ALTER TABLE {events}
    ALTER COLUMN version DROP NOT NULL,
    ADD COLUMN IF NOT EXISTS reason text;
COMMENT ON TABLE {history} IS 'pgstrata history layout 2';
COMMENT ON TABLE {events} IS 'pgstrata history layout 2';
