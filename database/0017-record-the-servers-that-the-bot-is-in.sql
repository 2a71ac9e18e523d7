-- The servers that the bot is in, as Discord told when it was last connected. Only the process that holds the gateway writes here.
CREATE TABLE bot_guilds (
    guild_id text PRIMARY KEY,
    application_id text NOT NULL,
    -- As Discord shows it. Null: not told yet.
    guild_name text,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);

ALTER TABLE cohorts
    -- When the cohort was last given to another server: a run that began before is neither gone on with nor repeated. Null: never.
    ADD COLUMN assigned_at timestamptz;

-- The server in which a cohort is seen: its own. One that has none is seen in the only server that the bot is in, and nowhere (null) while
-- the bot is in more than one: whoever adds a bot to a server is an administrator there.
CREATE VIEW cohorts_in_discord AS
SELECT cohort_id,
       coalesce(discord_guild_id, (SELECT min(guild_id) FROM bot_guilds HAVING count(*) = 1)) AS guild_id
  FROM cohorts;
