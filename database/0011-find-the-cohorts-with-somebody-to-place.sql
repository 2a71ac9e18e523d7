-- Who types a cohort's name waits at every key for those with somebody to place. Without this index, each cohort whose people are
-- all grouped costs a look at every one of its enrolments. It holds only those who are not placed: after years, few of the rows.
-- Enrolments cannot be written while it is built: about a second for a million of them.
CREATE INDEX idx_courses_users_to_place ON courses_users (cohort_id, grouping_status)
    WHERE grouping_status IN ('awaiting_grouping', 'ungroupable');
