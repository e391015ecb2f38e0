-- Creates workflow_state, the canonical state of each workflow, guarded by a
-- version that moves in steps of one. Depends on set_updated_at() only.
-- (The guide's 011_canonical_workflow_state.)
-- pgstrata: requires 0001

CREATE FUNCTION require_next_version() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    IF NEW.version <> OLD.version + 1 THEN
        RAISE EXCEPTION 'version of workflow % must go from % to %, not to %',
                OLD.workflow_key, OLD.version, OLD.version + 1, NEW.version
            USING ERRCODE = 'check_violation',
                  HINT = 'Read the row again and apply the change to its present version.';
    END IF;
    RETURN NEW;
END;
$$;

COMMENT ON FUNCTION require_next_version() IS
    'Row trigger: an update must raise version by exactly one.';

CREATE TABLE workflow_state (
    workflow_key   text        NOT NULL,
    version        bigint      NOT NULL DEFAULT 1,
    schema_version integer     NOT NULL DEFAULT 1,
    state          jsonb       NOT NULL,
    provenance     jsonb       NOT NULL DEFAULT '{}',
    created_at     timestamptz NOT NULL DEFAULT now(),
    updated_at     timestamptz NOT NULL DEFAULT now(),

    CONSTRAINT workflow_state_pkey PRIMARY KEY (workflow_key),
    CONSTRAINT workflow_state_workflow_key_check CHECK (workflow_key <> ''),
    CONSTRAINT workflow_state_version_check CHECK (version >= 1),
    CONSTRAINT workflow_state_schema_version_check CHECK (schema_version >= 1),
    CONSTRAINT workflow_state_state_check CHECK (jsonb_typeof(state) = 'object')
);

COMMENT ON TABLE workflow_state IS
    'Canonical state of each workflow; everything else can be computed from it.';
COMMENT ON COLUMN workflow_state.provenance IS
    'Which action, by whom, led to this version.';

CREATE TRIGGER workflow_state_require_next_version
    BEFORE UPDATE ON workflow_state
    FOR EACH ROW
    EXECUTE FUNCTION require_next_version();

CREATE TRIGGER workflow_state_set_updated_at
    BEFORE UPDATE ON workflow_state
    FOR EACH ROW
    EXECUTE FUNCTION set_updated_at();
