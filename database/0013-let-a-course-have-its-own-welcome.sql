ALTER TABLE courses
    -- What a group reads first in its channel, with names in braces for what differs from group to group. Null: the program's own text.
    ADD COLUMN IF NOT EXISTS welcome_template text;
