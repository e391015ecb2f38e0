-- Creates metadata_stamps, the audit trail of stamped files. A stamp outlives
-- the run that made it, so the reference to the run is nullable. Depends on
-- workflow_executions.
-- pgstrata: requires 0001

CREATE TABLE metadata_stamps (
    stamp_id     uuid        NOT NULL DEFAULT gen_random_uuid(),
    execution_id uuid,
    namespace    text        NOT NULL DEFAULT 'default',
    file_path    text        NOT NULL,
    file_hash    text        NOT NULL,
    file_size    bigint      NOT NULL,
    stamp        jsonb       NOT NULL DEFAULT '{}',
    created_at   timestamptz NOT NULL DEFAULT now(),

    CONSTRAINT metadata_stamps_pkey PRIMARY KEY (stamp_id),
    CONSTRAINT metadata_stamps_execution_id_fkey
        FOREIGN KEY (execution_id) REFERENCES workflow_executions (execution_id)
        ON DELETE SET NULL,
    CONSTRAINT metadata_stamps_namespace_check CHECK (namespace <> ''),
    CONSTRAINT metadata_stamps_file_path_check CHECK (file_path <> ''),
    CONSTRAINT metadata_stamps_file_hash_check CHECK (file_hash ~ '^[0-9a-f]{64}$'),
    CONSTRAINT metadata_stamps_file_size_check CHECK (file_size >= 0)
);

COMMENT ON TABLE metadata_stamps IS
    'Audit trail of stamped files; a stamp outlives the run that made it.';
COMMENT ON COLUMN metadata_stamps.file_hash IS
    'BLAKE3 of the file, 64 lower-case hexadecimal digits.';

-- Serves the foreign key; stamps made by hand have no run to look up.
CREATE INDEX idx_metadata_stamps_execution
    ON metadata_stamps (execution_id)
    WHERE execution_id IS NOT NULL;
