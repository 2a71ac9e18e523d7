ALTER TABLE runs
    -- Discord's id of whoever asked, by which the run is made anonymous. Null: asked on the command line, by the program itself, or by
    -- somebody who was erased.
    ADD COLUMN requested_by_user text;

CREATE INDEX idx_runs_requested_by_user ON runs (requested_by_user) WHERE requested_by_user IS NOT NULL;

-- Messages of the bot in Discord that name somebody who was erased: the rows that told which are gone, and Discord may be away. A row goes
-- when its message is mended. It holds nothing of the person.
CREATE TABLE messages_to_mend (
    message_id text PRIMARY KEY,
    channel_id text NOT NULL,
    -- The message is this group's welcome, and is written anew. Null: it told of the person's arrival, and is deleted.
    welcome_of_group_id integer REFERENCES groups ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
