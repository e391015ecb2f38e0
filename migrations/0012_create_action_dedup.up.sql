-- Creates action_dedup, which lets an action that is delivered twice run only
-- once, with the functions that claim an action and forget expired ones.
-- Depends on workflow_state. (The guide's 011_create_action_dedup.)
-- pgstrata: requires 0011

CREATE TABLE action_dedup (
    workflow_key text        NOT NULL,
    action_id    uuid        NOT NULL,
    result_hash  text,
    claimed_at   timestamptz NOT NULL DEFAULT now(),
    expires_at   timestamptz NOT NULL,

    CONSTRAINT action_dedup_pkey PRIMARY KEY (workflow_key, action_id),
    CONSTRAINT action_dedup_workflow_key_fkey
        FOREIGN KEY (workflow_key) REFERENCES workflow_state (workflow_key)
        ON DELETE CASCADE,
    CONSTRAINT action_dedup_expires_at_check CHECK (expires_at > claimed_at)
);

COMMENT ON TABLE action_dedup IS
    'Actions already claimed; a second delivery before expires_at is ignored.';

CREATE INDEX idx_action_dedup_expires
    ON action_dedup (expires_at);

CREATE FUNCTION claim_action(target_workflow text, target_action uuid, keep_for interval)
RETURNS boolean
LANGUAGE sql
AS $$
    WITH claimed AS (
        INSERT INTO action_dedup AS known (workflow_key, action_id, expires_at)
        VALUES (target_workflow, target_action, now() + keep_for)
        ON CONFLICT (workflow_key, action_id) DO UPDATE
            SET result_hash = NULL,
                claimed_at = excluded.claimed_at,
                expires_at = excluded.expires_at
            WHERE known.expires_at <= now()
        RETURNING known.action_id
    )
    SELECT EXISTS (SELECT FROM claimed);
$$;

COMMENT ON FUNCTION claim_action(text, uuid, interval) IS
    'True if the caller is the one to run the action, false if it was claimed before.';

CREATE FUNCTION forget_expired_actions(expired_before timestamptz)
RETURNS bigint
LANGUAGE sql
AS $$
    WITH forgotten AS (
        DELETE FROM action_dedup
        WHERE expires_at < expired_before
        RETURNING action_id
    )
    SELECT count(*) FROM forgotten;
$$;

COMMENT ON FUNCTION forget_expired_actions(timestamptz) IS
    'Deletes claims that expired before the given time; returns how many.';
