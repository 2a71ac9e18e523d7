-- The original's own later version has these two columns; a database of that version has them already.

ALTER TABLE cohorts
    -- Weekly meetings of each group of the cohort.
    ADD COLUMN IF NOT EXISTS number_of_group_meetings integer,
    -- The Discord category that the original put all channels of a cohort into.
    ADD COLUMN IF NOT EXISTS discord_category_id text;

-- 8 is what the original assumed before the column was there.
UPDATE cohorts SET number_of_group_meetings = 8 WHERE number_of_group_meetings IS NULL;
ALTER TABLE cohorts ALTER COLUMN number_of_group_meetings SET NOT NULL;
