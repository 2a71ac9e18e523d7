namespace Cohorts.Tests.Hosting;

/// <summary>The database as the original system makes it, in the dialect in which SQLAlchemy writes its tables.</summary>
internal static class OriginalDatabase
{
    private const string Types =
        """
        CREATE TYPE cohort_status AS ENUM ('active', 'completed', 'cancelled');
        CREATE TYPE group_status AS ENUM ('forming', 'active', 'completed', 'merged', 'cancelled');
        CREATE TYPE group_user_role AS ENUM ('participant', 'facilitator');
        CREATE TYPE cohort_role AS ENUM ('participant', 'facilitator');
        CREATE TYPE group_user_status AS ENUM ('active', 'dropped', 'completed', 'removed');
        CREATE TYPE grouping_status AS ENUM ('awaiting_grouping', 'grouped', 'ungroupable');
        CREATE TYPE dropout_reason AS ENUM ('time_constraints', 'personal_reasons', 'course_fit', 'unresponsive', 'other');
        """;

    private const string Tables =
        """
        CREATE TABLE users (
            user_id SERIAL NOT NULL,
            discord_id TEXT,
            discord_username TEXT,
            nickname TEXT,
            email TEXT,
            email_verified_at TIMESTAMP WITH TIME ZONE,
            last_active_at TIMESTAMP WITH TIME ZONE,
            timezone TEXT,
            availability_utc TEXT,
            if_needed_availability_utc TEXT,
            availability_last_updated_at TIMESTAMP WITH TIME ZONE,
            reminder_preferences JSONB,
            reminder_timing TEXT,
            email_notifications_enabled BOOLEAN DEFAULT 'true',
            dm_notifications_enabled BOOLEAN DEFAULT 'true',
            data_sharing_consent BOOLEAN DEFAULT 'false',
            analytics_opt_in BOOLEAN DEFAULT 'false',
            public_profile_visible BOOLEAN DEFAULT 'false',
            show_in_alumni_directory BOOLEAN DEFAULT 'false',
            tos_accepted_at TIMESTAMP WITH TIME ZONE,
            notes TEXT,
            source TEXT,
            deleted_at TIMESTAMP WITH TIME ZONE,
            created_at TIMESTAMP WITH TIME ZONE DEFAULT now(),
            updated_at TIMESTAMP WITH TIME ZONE DEFAULT now(),
            CONSTRAINT pk_users PRIMARY KEY (user_id)
        );
        CREATE INDEX idx_users_discord_id ON users (discord_id);
        CREATE INDEX idx_users_email ON users (email);

        CREATE TABLE facilitators (
            facilitator_id SERIAL NOT NULL,
            user_id INTEGER NOT NULL,
            max_active_groups INTEGER DEFAULT '2',
            average_rating FLOAT,
            rating_count INTEGER DEFAULT '0',
            certified_at TIMESTAMP WITH TIME ZONE,
            created_at TIMESTAMP WITH TIME ZONE DEFAULT now(),
            updated_at TIMESTAMP WITH TIME ZONE DEFAULT now(),
            CONSTRAINT pk_facilitators PRIMARY KEY (facilitator_id),
            CONSTRAINT fk_facilitators_user_id_users FOREIGN KEY(user_id) REFERENCES users (user_id) ON DELETE CASCADE
        );

        CREATE TABLE courses (
            course_id SERIAL NOT NULL,
            course_name TEXT NOT NULL,
            description TEXT,
            duration_days_options INTEGER[],
            is_public BOOLEAN DEFAULT 'true',
            last_updated_at TIMESTAMP WITH TIME ZONE,
            created_by_user_id INTEGER,
            created_at TIMESTAMP WITH TIME ZONE DEFAULT now(),
            updated_at TIMESTAMP WITH TIME ZONE DEFAULT now(),
            CONSTRAINT pk_courses PRIMARY KEY (course_id),
            CONSTRAINT fk_courses_created_by_user_id_users FOREIGN KEY(created_by_user_id) REFERENCES users (user_id)
        );

        CREATE TABLE cohorts (
            cohort_id SERIAL NOT NULL,
            cohort_name TEXT,
            course_id INTEGER NOT NULL,
            cohort_start_date DATE NOT NULL,
            duration_days INTEGER NOT NULL,
            status cohort_status DEFAULT 'active',
            created_at TIMESTAMP WITH TIME ZONE DEFAULT now(),
            updated_at TIMESTAMP WITH TIME ZONE DEFAULT now(),
            CONSTRAINT pk_cohorts PRIMARY KEY (cohort_id),
            CONSTRAINT fk_cohorts_course_id_courses FOREIGN KEY(course_id) REFERENCES courses (course_id) ON DELETE CASCADE
        );
        CREATE INDEX idx_cohorts_course_id ON cohorts (course_id);

        CREATE TABLE groups (
            group_id SERIAL NOT NULL,
            group_name TEXT NOT NULL,
            cohort_id INTEGER NOT NULL,
            discord_text_channel_id TEXT,
            discord_voice_channel_id TEXT,
            recurring_meeting_time_utc TEXT,
            recurrence_pattern TEXT,
            status group_status DEFAULT 'forming',
            start_date DATE,
            expected_end_date DATE,
            actual_end_date DATE,
            discord_channel_archived_at TIMESTAMP WITH TIME ZONE,
            total_messages_in_channel INTEGER DEFAULT '0',
            last_message_at TIMESTAMP WITH TIME ZONE,
            merged_from_groups INTEGER[],
            merged_into_group_id INTEGER,
            max_capacity INTEGER DEFAULT '8',
            min_size_threshold INTEGER DEFAULT '3',
            notes TEXT,
            flags JSONB,
            created_by_user_id INTEGER,
            created_at TIMESTAMP WITH TIME ZONE DEFAULT now(),
            updated_at TIMESTAMP WITH TIME ZONE DEFAULT now(),
            CONSTRAINT pk_groups PRIMARY KEY (group_id),
            CONSTRAINT fk_groups_cohort_id_cohorts FOREIGN KEY(cohort_id) REFERENCES cohorts (cohort_id) ON DELETE CASCADE,
            CONSTRAINT fk_groups_merged_into_group_id_groups FOREIGN KEY(merged_into_group_id) REFERENCES groups (group_id)
        );
        CREATE INDEX idx_groups_cohort_id ON groups (cohort_id);

        CREATE TABLE groups_users (
            group_user_id SERIAL NOT NULL,
            user_id INTEGER,
            group_id INTEGER,
            role group_user_role NOT NULL,
            status group_user_status DEFAULT 'active',
            joined_at TIMESTAMP WITH TIME ZONE DEFAULT now(),
            left_at TIMESTAMP WITH TIME ZONE,
            dropout_reason dropout_reason,
            dropout_details TEXT,
            created_at TIMESTAMP WITH TIME ZONE DEFAULT now(),
            updated_at TIMESTAMP WITH TIME ZONE DEFAULT now(),
            CONSTRAINT pk_groups_users PRIMARY KEY (group_user_id),
            CONSTRAINT fk_groups_users_user_id_users FOREIGN KEY(user_id) REFERENCES users (user_id) ON DELETE CASCADE,
            CONSTRAINT fk_groups_users_group_id_groups FOREIGN KEY(group_id) REFERENCES groups (group_id) ON DELETE CASCADE
        );
        CREATE INDEX idx_groups_users_user_id ON groups_users (user_id);
        CREATE INDEX idx_groups_users_group_id ON groups_users (group_id);

        CREATE TABLE courses_users (
            course_user_id SERIAL NOT NULL,
            user_id INTEGER,
            course_id INTEGER,
            cohort_id INTEGER,
            cohort_role cohort_role NOT NULL,
            grouping_status grouping_status DEFAULT 'awaiting_grouping',
            grouping_attempt_count INTEGER DEFAULT '0',
            last_grouping_attempt_at TIMESTAMP WITH TIME ZONE,
            is_course_committee_member BOOLEAN DEFAULT 'false',
            completed_at TIMESTAMP WITH TIME ZONE,
            created_at TIMESTAMP WITH TIME ZONE DEFAULT now(),
            updated_at TIMESTAMP WITH TIME ZONE DEFAULT now(),
            CONSTRAINT pk_courses_users PRIMARY KEY (course_user_id),
            CONSTRAINT fk_courses_users_user_id_users FOREIGN KEY(user_id) REFERENCES users (user_id) ON DELETE CASCADE,
            CONSTRAINT fk_courses_users_course_id_courses
                FOREIGN KEY(course_id) REFERENCES courses (course_id) ON DELETE CASCADE,
            CONSTRAINT fk_courses_users_cohort_id_cohorts
                FOREIGN KEY(cohort_id) REFERENCES cohorts (cohort_id) ON DELETE SET NULL
        );
        CREATE INDEX idx_courses_users_user_id ON courses_users (user_id);
        CREATE INDEX idx_courses_users_cohort_id ON courses_users (cohort_id);

        CREATE TABLE meetings (
            meeting_id SERIAL NOT NULL,
            group_id INTEGER,
            cohort_id INTEGER,
            course_id INTEGER,
            scheduled_time_utc TIMESTAMP WITH TIME ZONE NOT NULL,
            was_rescheduled BOOLEAN DEFAULT 'false',
            reschedule_reason TEXT,
            discord_event_id TEXT,
            discord_voice_channel_id TEXT,
            created_at TIMESTAMP WITH TIME ZONE DEFAULT now(),
            updated_at TIMESTAMP WITH TIME ZONE DEFAULT now(),
            CONSTRAINT pk_meetings PRIMARY KEY (meeting_id),
            CONSTRAINT fk_meetings_group_id_groups FOREIGN KEY(group_id) REFERENCES groups (group_id) ON DELETE CASCADE,
            CONSTRAINT fk_meetings_cohort_id_cohorts FOREIGN KEY(cohort_id) REFERENCES cohorts (cohort_id) ON DELETE CASCADE,
            CONSTRAINT fk_meetings_course_id_courses FOREIGN KEY(course_id) REFERENCES courses (course_id) ON DELETE CASCADE
        );
        """;

    /// <summary>As it was first: ids from SERIAL columns.</summary>
    public const string First = Types + "\n" + Tables;

    /// <summary>As later versions make it: ids are identities, and the two columns of the refactor are there.</summary>
    public static readonly string Later =
        First.Replace("SERIAL NOT NULL", "INTEGER GENERATED BY DEFAULT AS IDENTITY", StringComparison.Ordinal) +
        """

        ALTER TABLE cohorts ADD COLUMN number_of_group_meetings INTEGER;
        ALTER TABLE cohorts ADD COLUMN discord_category_id TEXT;
        """;

    /// <summary>
    /// No more than what makes it the original: no column that may be null but those that link rows, no default, no index, no
    /// meetings and facilitators yet, a type that lacks a value.
    /// </summary>
    public const string Bare =
        """
        CREATE TYPE cohort_role AS ENUM ('participant', 'facilitator');
        CREATE TYPE group_user_role AS ENUM ('participant', 'facilitator');
        CREATE TYPE group_user_status AS ENUM ('active', 'dropped');
        CREATE TABLE users (user_id SERIAL PRIMARY KEY, discord_id TEXT, availability_utc TEXT);
        CREATE TABLE courses (course_id SERIAL PRIMARY KEY, course_name TEXT NOT NULL);
        CREATE TABLE cohorts (
            cohort_id SERIAL PRIMARY KEY,
            course_id INTEGER NOT NULL REFERENCES courses ON DELETE CASCADE,
            cohort_start_date DATE NOT NULL,
            duration_days INTEGER NOT NULL
        );
        CREATE TABLE groups (
            group_id INTEGER PRIMARY KEY,
            group_name TEXT NOT NULL,
            cohort_id INTEGER NOT NULL REFERENCES cohorts ON DELETE CASCADE,
            recurring_meeting_time_utc TEXT
        );
        CREATE TABLE groups_users (
            group_user_id SERIAL PRIMARY KEY,
            user_id INTEGER REFERENCES users ON DELETE CASCADE,
            group_id INTEGER REFERENCES groups ON DELETE CASCADE,
            role group_user_role NOT NULL,
            status group_user_status
        );
        CREATE TABLE courses_users (
            course_user_id SERIAL PRIMARY KEY,
            user_id INTEGER REFERENCES users ON DELETE CASCADE,
            cohort_id INTEGER REFERENCES cohorts ON DELETE SET NULL,
            cohort_role cohort_role NOT NULL
        );
        """;

    /// <summary>
    /// Every irregularity that the original allows. Ids are given, as a restored copy has them, so that sequences lag behind.
    /// Times are given too, because who is the oldest goes by them.
    /// </summary>
    public const string Irregularities =
        """
        INSERT INTO users (user_id, discord_id, discord_username, nickname, email, timezone, availability_utc, notes, created_at, updated_at) VALUES
            (1, '100200300400500600', 'ana', 'Ana', 'ana@example.org', 'Europe/Berlin', 'M16:00 M18:30', NULL, '2025-01-01', '2025-01-01'),
            (2, '100200300400500600', 'ana_again', 'Ana', 'ANA@example.org', 'Europe/Berlin', 'U23:00 M01:00', 'the same Discord id as 1', '2025-01-02', '2025-01-02'),
            (3, '', '', '', '', '', '', 'empty texts', '2025-01-03', '2025-01-03'),
            (4, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
            (5, 'not a number', 'Robert''); DROP TABLE users;--', E'line\nbreak\ttab', '"quoted"@example.org', 'Mars/Olympus', 'whenever', '你好 Ωmega 🌍 ‮rtl‬ $$ $1 @p {0}', '2025-01-05', '2025-01-05'),
            (6, '', 'bo', 'Bo', 'bo@example.org', 'UTC', 'T09:00 T24:00', NULL, '2025-01-06', '2025-01-06');
        INSERT INTO facilitators (facilitator_id, user_id, max_active_groups, average_rating) VALUES
            (1, 1, 2, 4.5),
            (2, 1, NULL, NULL);
        INSERT INTO courses (course_id, course_name, description, duration_days_options) VALUES
            (1, 'Ethics', 'What we owe', '{28,56}'),
            (2, 'Ethics', NULL, NULL);
        INSERT INTO cohorts (cohort_id, cohort_name, course_id, cohort_start_date, duration_days, status, created_at, updated_at) VALUES
            (1, 'January', 1, '2025-01-13', 56, 'active', '2025-01-01', '2025-01-01'),
            (2, NULL, 1, '2025-03-03', 28, NULL, '2025-01-01', '2025-01-01'),
            (3, 'January', 2, '2025-01-13', 0, 'cancelled', '2025-01-01', '2025-01-01');
        INSERT INTO groups (group_id, group_name, cohort_id, recurring_meeting_time_utc, status, notes, flags, created_at, updated_at) VALUES
            (1, 'Group 1', 1, 'Wednesday 15:00', 'active', NULL, NULL, '2025-01-10', '2025-01-10'),
            (2, 'Group 1', 1, 'Wednesday 15:00-16:00', 'forming', 'second run', '{"late": true}', '2025-01-12', '2025-01-12'),
            (3, 'Group 1', 1, 'Sunday 23:30 - 00:30', 'forming', 'older than 2', NULL, '2025-01-11', '2025-01-11'),
            (4, 'Group 1 (2)', 1, 'Monday 00:00-24:00', 'cancelled', NULL, NULL, '2025-01-11', '2025-01-11'),
            (5, 'Group 1', 2, 'Saturday 9:05-10:50', NULL, NULL, NULL, '2025-01-10', '2025-01-10'),
            (6, 'Group 2', 1, 'Wednesdays at three', 'active', NULL, NULL, NULL, NULL),
            (7, 'Group 3', 1, 'Wednesday 15:00-15:00', 'active', NULL, NULL, '2025-01-10', '2025-01-10'),
            (8, 'Group 4', 1, 'Wednesday 25:00', 'active', NULL, NULL, '2025-01-10', '2025-01-10'),
            (9, 'Group 5', 1, '', 'active', NULL, NULL, '2025-01-10', '2025-01-10'),
            (10, 'Group 6', 1, NULL, 'active', NULL, NULL, '2025-01-10', '2025-01-10'),
            (11, 'Group 7', 1, 'Monday 22:00-06:00', 'active', NULL, NULL, '2025-01-10', '2025-01-10'),
            (12, '', 1, 'wednesday 15:00-', 'active', NULL, NULL, '2025-01-10', '2025-01-10'),
            (13, '', 1, 'TUESDAY 07:00', 'active', NULL, NULL, '2025-01-11', '2025-01-11');
        INSERT INTO groups_users (group_user_id, user_id, group_id, role, status, joined_at, left_at, dropout_reason, dropout_details, created_at, updated_at) VALUES
            (1, 1, 1, 'participant', 'active', '2025-01-15', NULL, NULL, NULL, '2025-01-15', '2025-01-15'),
            (2, 1, 1, 'facilitator', 'active', '2025-01-14', NULL, NULL, 'said twice', '2025-01-16', '2025-01-17'),
            (3, 2, 1, 'participant', 'dropped', '2025-01-14', '2025-01-20', 'other', 'left once', '2025-01-14', '2025-01-20'),
            (4, 2, 1, 'participant', 'active', '2025-01-21', NULL, NULL, NULL, '2025-01-21', '2025-01-21'),
            (5, 2, 1, 'participant', 'dropped', '2025-01-14', '2025-01-20', 'other', 'left once', '2025-01-14', '2025-01-20'),
            (6, 3, 2, 'participant', NULL, NULL, NULL, NULL, NULL, NULL, NULL),
            (7, 3, 2, 'participant', NULL, NULL, NULL, NULL, NULL, NULL, NULL),
            (8, NULL, 2, 'participant', 'active', NULL, NULL, NULL, NULL, NULL, NULL),
            (9, NULL, 2, 'participant', 'active', NULL, NULL, NULL, NULL, NULL, NULL),
            (10, 6, 2, 'participant', 'active', '2025-01-15', '2025-01-19', NULL, NULL, '2025-01-18', '2025-01-18'),
            (11, 6, 2, 'participant', 'active', '2025-01-16', NULL, NULL, NULL, '2025-01-17', '2025-01-17'),
            (12, 6, 2, 'participant', 'active', NULL, NULL, NULL, 'no dates', NULL, NULL);
        INSERT INTO courses_users (course_user_id, user_id, course_id, cohort_id, cohort_role, grouping_status, grouping_attempt_count, last_grouping_attempt_at, is_course_committee_member, completed_at, created_at, updated_at) VALUES
            (1, 1, 1, 1, 'participant', 'awaiting_grouping', 0, NULL, false, NULL, '2025-01-02', '2025-01-02'),
            (2, 1, 1, 1, 'facilitator', 'grouped', 2, '2025-01-12', NULL, NULL, '2025-01-03', '2025-01-12'),
            (3, 1, NULL, 1, 'participant', NULL, NULL, NULL, true, '2025-03-01', '2025-01-01', '2025-01-01'),
            (4, 2, 1, 1, 'participant', 'ungroupable', 3, '2025-01-12', false, NULL, '2025-01-04', '2025-01-12'),
            (5, 2, 1, 1, 'participant', 'awaiting_grouping', 0, NULL, false, NULL, '2025-01-05', '2025-01-05'),
            (6, 2, 1, 2, 'participant', 'awaiting_grouping', 0, NULL, false, NULL, '2025-01-05', '2025-01-05'),
            (7, 3, 1, NULL, 'participant', 'awaiting_grouping', 0, NULL, false, NULL, '2025-01-05', '2025-01-05'),
            (8, 3, 1, NULL, 'participant', 'awaiting_grouping', 0, NULL, false, NULL, '2025-01-05', '2025-01-05'),
            (9, NULL, 1, 1, 'participant', NULL, NULL, NULL, NULL, NULL, NULL, NULL),
            (10, NULL, 1, 1, 'participant', NULL, NULL, NULL, NULL, NULL, NULL, NULL),
            (11, 4, NULL, 3, 'facilitator', NULL, NULL, NULL, NULL, NULL, NULL, NULL),
            (12, 4, NULL, 3, 'facilitator', NULL, NULL, NULL, NULL, NULL, NULL, NULL);
        INSERT INTO meetings (meeting_id, group_id, cohort_id, course_id, scheduled_time_utc, was_rescheduled, reschedule_reason, discord_event_id, created_at, updated_at) VALUES
            (1, 1, 1, 1, '2025-01-22 15:00Z', true, 'moved by a week: "holiday"', NULL, '2025-01-12', '2025-01-12'),
            (2, 1, 1, 1, '2025-01-15 15:00Z', false, NULL, '900', '2025-01-12', '2025-01-12'),
            (3, 1, 1, 1, '2025-01-22 15:00Z', NULL, NULL, '901', '2025-01-12', '2025-01-12'),
            (4, NULL, NULL, NULL, '2025-01-22 15:00Z', false, NULL, NULL, NULL, NULL),
            (5, NULL, 1, 1, '2025-01-22 15:00Z', false, NULL, NULL, NULL, NULL);

        -- Tables of the original's that this program does not know, one of which refers to memberships.
        CREATE TABLE feedback (
            feedback_id SERIAL PRIMARY KEY,
            group_user_id INTEGER REFERENCES groups_users ON DELETE CASCADE,
            words TEXT
        );
        INSERT INTO feedback (group_user_id, words) VALUES (1, 'fine'), (2, 'written as facilitator'), (12, 'no dates either');
        CREATE TABLE alembic_version (version_num VARCHAR(32) PRIMARY KEY);
        INSERT INTO alembic_version VALUES ('001');
        """;
}
