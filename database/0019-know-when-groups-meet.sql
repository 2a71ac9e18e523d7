-- When a weekly meeting of a cohort is: the one in that week (0 is the first), of a slot given as minute of the week in UTC. With a zone
-- its local time is kept over clock changes; a time that the clocks skip moves forward by the gap, of one that comes twice the earlier is
-- meant. A zone that PostgreSQL does not know counts as UTC. Without a slot: the beginning of that week, from the start date on.
CREATE FUNCTION planned_meeting(start_date date, zone text, start_minute integer, week integer) RETURNS timestamptz
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    clocks text := coalesce(nullif(zone, ''), 'UTC');
    earliest timestamptz;
    utc timestamp;
    first_meeting timestamptz;
    local_time timestamp;
    planned timestamptz;
BEGIN
    BEGIN
        earliest := start_date::timestamp AT TIME ZONE clocks;
    EXCEPTION WHEN invalid_parameter_value THEN
        clocks := 'UTC';
        earliest := start_date::timestamp AT TIME ZONE clocks;
    END;
    utc := earliest AT TIME ZONE 'UTC';
    first_meeting := earliest + CASE
        WHEN start_minute IS NULL THEN interval '0'
        ELSE make_interval(mins => (start_minute + 10080
            - ((extract(isodow FROM utc)::integer - 1) * 1440 + extract(hour FROM utc)::integer * 60 + extract(minute FROM utc)::integer)) % 10080)
    END;
    IF week = 0 THEN
        RETURN first_meeting;
    END IF;
    local_time := (first_meeting AT TIME ZONE clocks) + make_interval(days => 7 * week);
    planned := local_time AT TIME ZONE clocks;
    -- PostgreSQL takes the later of two.
    IF (planned - interval '1 hour') AT TIME ZONE clocks = local_time THEN
        planned := planned - interval '1 hour';
    END IF;
    RETURN planned;
END
$$;

-- The meetings of a group: those that are saved, and before any is, those that follow from its cohort. A group whose time nobody knows
-- takes no hour, and counts in all weeks of its cohort.
CREATE FUNCTION meetings_of(wanted integer) RETURNS TABLE (starts_at timestamptz, ends_at timestamptz, takes_hours boolean)
LANGUAGE sql STABLE ROWS 8
AS $$
SELECT
    meetings.scheduled_time_utc,
    meetings.scheduled_time_utc + make_interval(mins => coalesce(groups.meeting_length_minutes, 60)),
    true
FROM meetings
JOIN groups ON groups.group_id = meetings.group_id
WHERE meetings.group_id = wanted
UNION ALL
SELECT
    planned.starts_at,
    planned.starts_at + CASE
        WHEN groups.meeting_start_minute IS NULL THEN interval '168 hours'
        ELSE make_interval(mins => coalesce(groups.meeting_length_minutes, 60))
    END,
    groups.meeting_start_minute IS NOT NULL
FROM groups
JOIN cohorts ON cohorts.cohort_id = groups.cohort_id
-- More meetings than an import takes are a mistake in a database that was taken over.
CROSS JOIN generate_series(0, least(cohorts.number_of_group_meetings, 200) - 1) AS week
CROSS JOIN LATERAL planned_meeting(
    cohorts.cohort_start_date, cohorts.meeting_timezone, groups.meeting_start_minute::integer, week) AS planned (starts_at)
WHERE groups.group_id = wanted
    AND NOT EXISTS (SELECT FROM meetings WHERE meetings.group_id = wanted)
$$;

-- Of a live group people can meet; the others are history. Whoever asks what a group takes of people's time asks for its dates too: nobody
-- ends a group by its status.
DROP VIEW live_groups;
CREATE VIEW live_groups AS
SELECT
    groups.*,
    (SELECT coalesce(max(meeting.ends_at), 'infinity') FROM meetings_of(groups.group_id) AS meeting) AS last_meeting_ends_at
FROM groups
WHERE status IN ('forming', 'active');
