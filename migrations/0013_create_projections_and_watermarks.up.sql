-- Creates the read side: workflow_projection, a searchable copy of the
-- canonical state, and projection_watermarks, which says how far each
-- partition of the event log has been projected. Depends on workflow_state and
-- set_updated_at(). (The guide's 011_projection_and_watermarks.)
-- pgstrata: requires 0001, 0011

CREATE TABLE workflow_projection (
    workflow_key text        NOT NULL,
    version      bigint      NOT NULL,
    namespace    text        NOT NULL,
    tag          text        NOT NULL,
    last_action  text,
    attributes   jsonb       NOT NULL DEFAULT '{}',
    projected_at timestamptz NOT NULL DEFAULT now(),

    CONSTRAINT workflow_projection_pkey PRIMARY KEY (workflow_key),
    CONSTRAINT workflow_projection_workflow_key_fkey
        FOREIGN KEY (workflow_key) REFERENCES workflow_state (workflow_key)
        ON DELETE CASCADE,
    CONSTRAINT workflow_projection_version_check CHECK (version >= 1)
);

COMMENT ON TABLE workflow_projection IS
    'Searchable copy of workflow_state; eventually consistent, safe to rebuild.';

CREATE INDEX idx_workflow_projection_namespace_tag
    ON workflow_projection (namespace, tag);
CREATE INDEX idx_workflow_projection_attributes
    ON workflow_projection USING gin (attributes);

CREATE TABLE projection_watermarks (
    partition_id     text        NOT NULL,
    projected_offset bigint      NOT NULL,
    updated_at       timestamptz NOT NULL DEFAULT now(),

    CONSTRAINT projection_watermarks_pkey PRIMARY KEY (partition_id),
    CONSTRAINT projection_watermarks_projected_offset_check CHECK (projected_offset >= 0)
);

COMMENT ON TABLE projection_watermarks IS
    'How far each partition of the event log has been projected.';

CREATE TRIGGER projection_watermarks_set_updated_at
    BEFORE UPDATE ON projection_watermarks
    FOR EACH ROW
    EXECUTE FUNCTION set_updated_at();

-- A projector that lags behind another one must not move the watermark back.
CREATE FUNCTION advance_watermark(target_partition text, reached_offset bigint)
RETURNS bigint
LANGUAGE sql
AS $$
    INSERT INTO projection_watermarks AS known (partition_id, projected_offset)
    VALUES (target_partition, reached_offset)
    ON CONFLICT (partition_id) DO UPDATE
        SET projected_offset = greatest(known.projected_offset, excluded.projected_offset)
    RETURNING projected_offset;
$$;

COMMENT ON FUNCTION advance_watermark(text, bigint) IS
    'Moves a watermark forward, never back; returns where it stands.';
