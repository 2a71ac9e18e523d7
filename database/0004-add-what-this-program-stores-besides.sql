ALTER TABLE cohorts
    -- IANA name of the zone in which the cohort's weekly times stand still when clocks change. Null: UTC.
    ADD COLUMN IF NOT EXISTS meeting_timezone text,
    -- The Discord server on which the cohort's groups were realized.
    ADD COLUMN IF NOT EXISTS discord_guild_id text;

ALTER TABLE groups
    -- Start of the weekly meeting as the minute of the week in UTC: Monday 00:00 is 0. Null: no readable time is known.
    ADD COLUMN IF NOT EXISTS meeting_start_minute smallint CHECK (meeting_start_minute BETWEEN 0 AND 10079),
    ADD COLUMN IF NOT EXISTS meeting_length_minutes smallint CHECK (meeting_length_minutes BETWEEN 1 AND 10080),
    -- Discord's id of the one welcome in the group's text channel. Null: not posted yet.
    ADD COLUMN IF NOT EXISTS welcome_message_id text;

ALTER TABLE meetings
    -- 1 for a group's first meeting. With the group it names a meeting, so that making meetings can be repeated.
    ADD COLUMN IF NOT EXISTS meeting_number integer;

ALTER TABLE courses_users
    -- Why the last run placed this person nowhere: a code that the scheduling library knows.
    ADD COLUMN IF NOT EXISTS ungroupable_reason text,
    -- The same as a sentence for the organizer, with its numbers.
    ADD COLUMN IF NOT EXISTS ungroupable_detail text;
