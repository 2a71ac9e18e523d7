-- One scheduling or realizing of a cohort. This table alone says who runs what since when: its unique open row refuses a
-- second run even if two silos each believe that they own the cohort.
CREATE TABLE runs (
    -- Ascending, so that it is also the fencing token: every write of a run demands that its row is still open.
    run_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    cohort_id integer NOT NULL REFERENCES cohorts ON DELETE CASCADE,
    -- The use case: which request the run carries out.
    kind text NOT NULL,
    -- Made by the caller: a command whose answer was lost is sent again with the same key, and finds the run that it opened.
    request_key uuid CONSTRAINT uq_runs_request_key UNIQUE,
    -- Who asked, in words that another caller can be told.
    requested_by text NOT NULL,
    -- The request as it was sent, enough to repeat it.
    options jsonb NOT NULL DEFAULT '{}',
    -- Of the search for groups: the same enrolments, options and seed give the same groups.
    seed bigint,
    state text NOT NULL DEFAULT 'running',
    -- Renewed by whoever carries the run. When it has passed, the carrier is dead and the next one may interrupt the run.
    lease_until timestamptz,
    -- The silo that carries the run.
    owner text,
    started_at timestamptz NOT NULL DEFAULT now(),
    -- Null: the run is open.
    ended_at timestamptz,
    result jsonb,
    -- What went wrong, as a sentence for the organizer.
    error text,
    -- Where the command came from in Discord; null for the command line.
    guild_id text,
    -- Discord delivers an interaction more than once now and then; one of them becomes the run.
    interaction_id text CONSTRAINT uq_runs_interaction_id UNIQUE,
    application_id text,
    -- Lets the run answer the interaction for 15 minutes; worthless afterwards.
    interaction_token text,
    channel_id text,
    -- The message that shows the run's progress.
    message_id text,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT ck_runs_state
        CHECK (state IN ('running', 'succeeded', 'refused', 'failed', 'interrupted', 'cancelled')),
    CONSTRAINT ck_runs_open_while_running
        CHECK ((state = 'running') = (ended_at IS NULL))
);
CREATE UNIQUE INDEX uq_runs_open_per_cohort ON runs (cohort_id) WHERE ended_at IS NULL;
CREATE INDEX idx_runs_cohort_id ON runs (cohort_id, run_id);

-- The steps of a run with their outcomes, in the order in which they were done.
CREATE TABLE run_steps (
    run_id bigint NOT NULL REFERENCES runs ON DELETE CASCADE,
    -- 1 for the first.
    step_number integer NOT NULL,
    name text NOT NULL,
    outcome text NOT NULL,
    detail jsonb,
    at timestamptz NOT NULL DEFAULT now(),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (run_id, step_number)
);
