ALTER TABLE interactions
    -- Discord's id of whoever gave a command, which is counted; null for a button, which is not, and for a person who was erased.
    ADD COLUMN commanded_by text;
-- Each command looks at the last minute of its user and of its guild.
CREATE INDEX idx_interactions_of_user ON interactions (commanded_by, created_at) WHERE commanded_by IS NOT NULL;
CREATE INDEX idx_interactions_of_guild ON interactions (guild_id, created_at) WHERE commanded_by IS NOT NULL;
