ALTER TABLE cohorts
    -- Minutes of a weekly meeting, for groups that are yet to be formed; a group keeps its own. Null: nobody said, 60.
    ADD COLUMN IF NOT EXISTS meeting_length_minutes integer CHECK (meeting_length_minutes BETWEEN 1 AND 10080);

-- People are recognized by their address in any case.
CREATE INDEX IF NOT EXISTS idx_users_lower_email ON users (lower(email));
