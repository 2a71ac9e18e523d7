-- The original system's enumerations. A type that is there already gets the values that it lacks and keeps those that this
-- program does not know. In a script of its own, because PostgreSQL lets nobody use a new value of an old type before the
-- transaction that adds it has ended, and the tables' defaults use them.

DO $$
DECLARE
    wanted record;
    label text;
BEGIN
    FOR wanted IN
        SELECT *
        FROM (VALUES
            ('cohort_status',     ARRAY['active', 'completed', 'cancelled']),
            ('group_status',      ARRAY['forming', 'active', 'completed', 'merged', 'cancelled']),
            ('group_user_role',   ARRAY['participant', 'facilitator']),
            ('cohort_role',       ARRAY['participant', 'facilitator']),
            ('group_user_status', ARRAY['active', 'dropped', 'completed', 'removed']),
            ('grouping_status',   ARRAY['awaiting_grouping', 'grouped', 'ungroupable']),
            ('dropout_reason',    ARRAY['time_constraints', 'personal_reasons', 'course_fit', 'unresponsive', 'other'])
        ) AS enumerations (name, labels)
    LOOP
        IF to_regtype(wanted.name) IS NULL THEN
            EXECUTE format('CREATE TYPE %I AS ENUM ()', wanted.name);
        END IF;
        FOREACH label IN ARRAY wanted.labels LOOP
            EXECUTE format('ALTER TYPE %I ADD VALUE IF NOT EXISTS %L', wanted.name, label);
        END LOOP;
    END LOOP;
END
$$;
