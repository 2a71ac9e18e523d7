-- What Discord sent and somebody waits for. Recorded before it is acknowledged, under its own id: a repeated one is known, and one
-- whose process died is taken up by another.
CREATE TABLE interactions (
    interaction_id text PRIMARY KEY,
    guild_id text NOT NULL,
    -- As Discord sent it, with the token that answers it for 15 minutes. Removed a day after the answer.
    payload jsonb NOT NULL,
    -- Null: recorded, and it is not known whether Discord got the acknowledgement.
    acknowledged_at timestamptz,
    -- Null: somebody waits.
    answered_at timestamptz,
    -- How often its work was begun.
    attempts integer NOT NULL DEFAULT 1,
    -- Renewed by the process that works on it; when it has passed, that process is dead.
    lease_until timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX idx_interactions_unanswered ON interactions (lease_until) WHERE answered_at IS NULL;

-- Where the gateway's next connection goes on, in whatever process it is: nothing is missed in between.
CREATE TABLE gateway_sessions (
    application_id text PRIMARY KEY,
    session_id text NOT NULL,
    resume_url text NOT NULL,
    -- Of the last event that was handed over.
    sequence bigint NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);

-- Which commands a guild has: they are registered again only when their hash is another.
CREATE TABLE registered_commands (
    application_id text NOT NULL,
    guild_id text NOT NULL,
    hash text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (application_id, guild_id)
);
