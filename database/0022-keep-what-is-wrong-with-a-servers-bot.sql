-- What a server that runs cannot do with Discord, in its own words, for whoever examines the cluster from elsewhere.
CREATE TABLE bot_troubles (
    -- Machine and process id.
    process text PRIMARY KEY,
    -- With what to do; names no token and no person.
    trouble text NOT NULL,
    -- Renewed while it is so: a process that was killed says nothing any more.
    valid_until timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
