-- The original allowed what this program counts on not to be there: two groups of one name in a cohort, a person enrolled
-- twice in a cohort, a person twice in a group. Each is repaired and then forbidden in the same transaction, under a lock, so
-- that an original that still runs cannot add another one in between.

LOCK TABLE groups, groups_users, courses_users, meetings IN SHARE ROW EXCLUSIVE MODE;
-- A deferred foreign key would leave its checks pending, and a table with pending checks takes no index.
SET CONSTRAINTS ALL IMMEDIATE;

-- Rows of the original that were merged into an older row of the same meaning. Nothing else reads this table: it is the
-- proof that nothing was lost, and the way back.
CREATE TABLE taken_over_duplicates (
    taken_over_duplicate_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- Where the row was: courses_users or groups_users.
    table_name text NOT NULL,
    -- Its id there.
    row_id integer NOT NULL,
    -- All of it, columns that this program does not know among them.
    original_row jsonb NOT NULL,
    -- The id of the row that stands for it now.
    merged_into_id integer NOT NULL,
    -- That row as it was before anything was merged into it.
    merged_into_row_before jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT uq_taken_over_duplicates_row UNIQUE (table_name, row_id)
);

CREATE TEMPORARY TABLE merges ON COMMIT DROP AS
SELECT
    'courses_users' AS table_name,
    course_user_id AS row_id,
    first_value(course_user_id) OVER (
        PARTITION BY user_id, cohort_id
        ORDER BY created_at NULLS LAST, course_user_id) AS kept_id
FROM courses_users
WHERE user_id IS NOT NULL AND cohort_id IS NOT NULL
UNION ALL
SELECT
    'groups_users',
    group_user_id,
    first_value(group_user_id) OVER (
        PARTITION BY user_id, group_id
        ORDER BY created_at NULLS LAST, group_user_id)
FROM groups_users
WHERE user_id IS NOT NULL AND group_id IS NOT NULL AND status = 'active';

INSERT INTO taken_over_duplicates (
    table_name,
    row_id,
    original_row,
    merged_into_id,
    merged_into_row_before)
SELECT
    'courses_users',
    duplicate.course_user_id,
    to_jsonb(duplicate),
    kept.course_user_id,
    to_jsonb(kept)
FROM merges
JOIN courses_users AS duplicate ON duplicate.course_user_id = merges.row_id
JOIN courses_users AS kept ON kept.course_user_id = merges.kept_id
WHERE merges.table_name = 'courses_users' AND merges.row_id <> merges.kept_id
ORDER BY duplicate.course_user_id;

INSERT INTO taken_over_duplicates (
    table_name,
    row_id,
    original_row,
    merged_into_id,
    merged_into_row_before)
SELECT
    'groups_users',
    duplicate.group_user_id,
    to_jsonb(duplicate),
    kept.group_user_id,
    to_jsonb(kept)
FROM merges
JOIN groups_users AS duplicate ON duplicate.group_user_id = merges.row_id
JOIN groups_users AS kept ON kept.group_user_id = merges.kept_id
WHERE merges.table_name = 'groups_users' AND merges.row_id <> merges.kept_id
ORDER BY duplicate.group_user_id;

-- Where duplicates differ, the row that stays says what holds for the person: facilitator if any row says so (the rarer word,
-- and a cohort short of a facilitator is the greater harm), grouped if any row is, still awaiting rather than given up.
UPDATE courses_users AS kept
SET
    course_id = coalesce(kept.course_id, together.course_id),
    cohort_role = together.cohort_role,
    grouping_status = together.grouping_status,
    grouping_attempt_count = together.grouping_attempt_count,
    last_grouping_attempt_at = together.last_grouping_attempt_at,
    is_course_committee_member = together.is_course_committee_member,
    completed_at = together.completed_at,
    updated_at = together.updated_at
FROM (
    SELECT
        merges.kept_id,
        (array_agg(enrolment.course_id ORDER BY enrolment.created_at NULLS LAST, enrolment.course_user_id)
            FILTER (WHERE enrolment.course_id IS NOT NULL))[1] AS course_id,
        CASE
            WHEN bool_or(enrolment.cohort_role = 'facilitator') THEN 'facilitator'
            ELSE 'participant'
        END::cohort_role AS cohort_role,
        CASE
            WHEN bool_or(enrolment.grouping_status = 'grouped') THEN 'grouped'
            WHEN bool_or(enrolment.grouping_status = 'awaiting_grouping') THEN 'awaiting_grouping'
            WHEN bool_or(enrolment.grouping_status = 'ungroupable') THEN 'ungroupable'
        END::grouping_status AS grouping_status,
        max(enrolment.grouping_attempt_count) AS grouping_attempt_count,
        max(enrolment.last_grouping_attempt_at) AS last_grouping_attempt_at,
        bool_or(enrolment.is_course_committee_member) AS is_course_committee_member,
        min(enrolment.completed_at) AS completed_at,
        max(enrolment.updated_at) AS updated_at
    FROM merges
    JOIN courses_users AS enrolment ON enrolment.course_user_id = merges.row_id
    WHERE merges.table_name = 'courses_users'
    GROUP BY merges.kept_id
    HAVING count(*) > 1
) AS together
WHERE kept.course_user_id = together.kept_id;

UPDATE groups_users AS kept
SET
    role = together.role,
    joined_at = together.joined_at,
    left_at = together.left_at,
    dropout_reason = coalesce(kept.dropout_reason, together.dropout_reason),
    dropout_details = coalesce(kept.dropout_details, together.dropout_details),
    updated_at = together.updated_at
FROM (
    SELECT
        merges.kept_id,
        CASE
            WHEN bool_or(membership.role = 'facilitator') THEN 'facilitator'
            ELSE 'participant'
        END::group_user_role AS role,
        min(membership.joined_at) AS joined_at,
        CASE WHEN bool_and(membership.left_at IS NOT NULL) THEN max(membership.left_at) END AS left_at,
        (array_agg(membership.dropout_reason ORDER BY membership.created_at NULLS LAST, membership.group_user_id)
            FILTER (WHERE membership.dropout_reason IS NOT NULL))[1] AS dropout_reason,
        (array_agg(membership.dropout_details ORDER BY membership.created_at NULLS LAST, membership.group_user_id)
            FILTER (WHERE membership.dropout_details IS NOT NULL))[1] AS dropout_details,
        max(membership.updated_at) AS updated_at
    FROM merges
    JOIN groups_users AS membership ON membership.group_user_id = merges.row_id
    WHERE merges.table_name = 'groups_users'
    GROUP BY merges.kept_id
    HAVING count(*) > 1
) AS together
WHERE kept.group_user_id = together.kept_id;

DELETE FROM merges WHERE row_id = kept_id;

-- The original has tables that this program does not know. One that refers to a merged row refers to the row that stays from
-- now on: a reference with ON DELETE CASCADE would otherwise take its rows along.
DO $$
DECLARE
    reference record;
BEGIN
    FOR reference IN
        SELECT
            c.conrelid::regclass AS referring_table,
            referring.attname AS referring_column,
            c.confrelid::regclass::text AS merged_table
        FROM pg_constraint c
        JOIN pg_attribute referring ON referring.attrelid = c.conrelid AND referring.attnum = c.conkey[1]
        JOIN pg_attribute referred ON referred.attrelid = c.confrelid AND referred.attnum = c.confkey[1]
        WHERE c.contype = 'f'
            AND cardinality(c.conkey) = 1
            AND (c.confrelid, referred.attname) IN (
                ('courses_users'::regclass, 'course_user_id'),
                ('groups_users'::regclass, 'group_user_id'))
    LOOP
        EXECUTE format(
            'UPDATE %1$s AS referring SET %2$I = merges.kept_id FROM merges WHERE merges.table_name = %3$L AND referring.%2$I = merges.row_id',
            reference.referring_table, reference.referring_column, reference.merged_table);
    END LOOP;
END
$$;

DELETE FROM courses_users
USING merges
WHERE merges.table_name = 'courses_users' AND merges.row_id = courses_users.course_user_id;

DELETE FROM groups_users
USING merges
WHERE merges.table_name = 'groups_users' AND merges.row_id = groups_users.group_user_id;

CREATE UNIQUE INDEX IF NOT EXISTS uq_courses_users_user_id_cohort_id ON courses_users (user_id, cohort_id);
CREATE UNIQUE INDEX IF NOT EXISTS uq_groups_users_live_membership ON groups_users (user_id, group_id) WHERE status = 'active';

-- The oldest group keeps its name, each later one gets the first number that no group of the cohort has.
DO $$
DECLARE
    repeated record;
    number integer;
BEGIN
    FOR repeated IN
        SELECT group_id, cohort_id, group_name
        FROM (
            SELECT
                *,
                row_number() OVER (PARTITION BY cohort_id, group_name ORDER BY created_at NULLS LAST, group_id) AS place
            FROM groups
        ) AS named
        WHERE place > 1
        ORDER BY cohort_id, group_name, place
    LOOP
        number := 2;
        WHILE EXISTS (
            SELECT FROM groups
            WHERE cohort_id = repeated.cohort_id AND group_name = format('%s (%s)', repeated.group_name, number))
        LOOP
            number := number + 1;
        END LOOP;
        UPDATE groups
        SET group_name = format('%s (%s)', repeated.group_name, number)
        WHERE group_id = repeated.group_id;
    END LOOP;
END
$$;

CREATE UNIQUE INDEX IF NOT EXISTS uq_groups_cohort_id_group_name ON groups (cohort_id, group_name);

-- The original writes "Wednesday 15:00", "Wednesday 15:00-16:00" or "Wednesday 15:00 - 16:00", in UTC. Without an end it
-- means an hour; an end before the start lies after midnight. Any other text, and one without length, stays text only.
WITH texts AS (
    SELECT
        group_id,
        regexp_match(
            recurring_meeting_time_utc,
            '^\s*(Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)\s+([01]?\d|2[0-3]):([0-5]\d)'
                '(?:\s*-\s*([01]?\d|2[0-3]|24(?=:00)):([0-5]\d))?\s*$',
            'i') AS part
    FROM groups
    WHERE meeting_start_minute IS NULL
), minutes AS (
    SELECT
        group_id,
        1440 * (array_position(
            ARRAY['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'],
            lower(part[1])) - 1) AS day,
        60 * part[2]::integer + part[3]::integer AS meeting_start,
        60 * part[4]::integer + part[5]::integer AS meeting_end
    FROM texts
    WHERE part IS NOT NULL
)
UPDATE groups
SET
    meeting_start_minute = day + meeting_start,
    meeting_length_minutes = coalesce(1 + (meeting_end - meeting_start + 1439) % 1440, 60)
FROM minutes
WHERE groups.group_id = minutes.group_id
    AND meeting_end IS DISTINCT FROM meeting_start;

-- A group's meetings are counted in the order of time; a number that is there and unique stays.
UPDATE meetings
SET meeting_number = NULL
FROM (
    SELECT
        meeting_id,
        row_number() OVER (PARTITION BY group_id, meeting_number ORDER BY scheduled_time_utc, meeting_id) AS place
    FROM meetings
    WHERE group_id IS NOT NULL AND meeting_number IS NOT NULL
) AS counted
WHERE meetings.meeting_id = counted.meeting_id AND counted.place > 1;

UPDATE meetings
SET meeting_number = counted.highest + counted.place
FROM (
    SELECT
        meeting_id,
        meeting_number,
        coalesce(max(meeting_number) OVER (PARTITION BY group_id), 0) AS highest,
        row_number() OVER (
            PARTITION BY group_id, meeting_number IS NULL
            ORDER BY scheduled_time_utc, meeting_id) AS place
    FROM meetings
    WHERE group_id IS NOT NULL
) AS counted
WHERE meetings.meeting_id = counted.meeting_id AND counted.meeting_number IS NULL;

CREATE UNIQUE INDEX IF NOT EXISTS uq_meetings_group_id_meeting_number ON meetings (group_id, meeting_number);
