ALTER TABLE cohorts
    -- Where one category does not hold all channels: the ids of "… (2)" and so on, in order.
    ADD COLUMN discord_further_category_ids text[] NOT NULL DEFAULT '{}';

ALTER TABLE groups_users
    -- When the member was last seen to have access to both channels. Null: has none.
    ADD COLUMN access_granted_at timestamptz,
    -- When a run looked for the member in the Discord server and did not find them. Null: not looked, or found.
    ADD COLUMN absent_at timestamptz,
    -- The message that first mentioned the member in the group's channel: the welcome, or a note of its own for who came later.
    ADD COLUMN mentioned_in_message_id text;

ALTER TABLE meetings
    -- When a run found that somebody had deleted the event of a meeting that is still to come. Null: nobody did.
    ADD COLUMN event_cancelled_at timestamptz;

ALTER TABLE runs
    -- The run whose process died, and which this one goes on with.
    ADD COLUMN continues_run_id bigint CONSTRAINT uq_runs_continues_run_id UNIQUE REFERENCES runs ON DELETE CASCADE,
    -- How many runs this one goes on with, through all that were cut off; 0 for a first one.
    ADD COLUMN continuations integer NOT NULL DEFAULT 0,
    -- The .NET type of what stands in options.
    ADD COLUMN command_type text;

ALTER TABLE interactions
    -- The message in the channel that shows how far the work is, also when the interaction's 15 minutes are over.
    ADD COLUMN channel_message_id text;

-- Of a live group people can meet; the others are history.
CREATE VIEW live_groups AS
SELECT * FROM groups WHERE status IN ('forming', 'active');

-- Who joins a server is looked up among all people.
CREATE INDEX IF NOT EXISTS idx_users_discord_username ON users (discord_username) WHERE discord_id IS NULL;
CREATE INDEX idx_runs_open ON runs (lease_until) WHERE ended_at IS NULL;

-- What is left to make in Discord, over all cohorts: groups, events of meetings to come, access. Small, because it is made within a day.
CREATE INDEX idx_groups_forming ON groups (cohort_id) WHERE status = 'forming';
CREATE INDEX idx_meetings_without_event ON meetings (scheduled_time_utc) WHERE discord_event_id IS NULL AND event_cancelled_at IS NULL;
CREATE INDEX idx_groups_users_access_to_give ON groups_users (group_id) WHERE status = 'active' AND access_granted_at IS NULL AND absent_at IS NULL;
CREATE INDEX idx_groups_users_access_to_take ON groups_users (group_id) WHERE status <> 'active' AND access_granted_at IS NOT NULL;
