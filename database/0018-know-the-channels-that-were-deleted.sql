-- Channels of groups of which Discord told that they were deleted. The groups' rows go on naming them until others are made, so that it
-- can be told that they were lost.
CREATE TABLE lost_channels (
    channel_id text PRIMARY KEY,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
