using System.Diagnostics;
using System.Globalization;
using Dapper;
using Npgsql;

namespace Cohorts.Benchmarks;

/// <summary>Which enrolments are still to be grouped: it decides what a query for the cohorts that have any must read.</summary>
public enum Shape
{
    /// <summary>Half of the cohorts are all grouped; the others have everybody, or a part, pending or left over.</summary>
    Mixed,

    /// <summary>After years: all are grouped but in the hundred cohorts that start last.</summary>
    AlmostAllGrouped,

    /// <summary>Every enrolment awaits grouping.</summary>
    AllPending,
}

/// <summary>10,000 cohorts of 100 courses with 100 people each, made in the server from numbers, so that it is the same every time.</summary>
public static class LargeDatabase
{
    public const int Cohorts = 10_000;
    private const int PeoplePerCohort = 100;
    private const int GroupsPerCohort = 13;
    private static readonly int Limit = (int)TimeSpan.FromMinutes(5).TotalSeconds;

    public static async Task FillAsync(NpgsqlDataSource database, TextWriter log, CancellationToken cancellation)
    {
        var watch = Stopwatch.StartNew();
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await connection.ExecuteAsync(new CommandDefinition(
            """
            -- Vacuumed by hand below. While autovacuum analyses, a vacuum beside it leaves dead rows that every query then reads again.
            ALTER TABLE courses SET (autovacuum_enabled = false);
            ALTER TABLE cohorts SET (autovacuum_enabled = false);
            ALTER TABLE courses_users SET (autovacuum_enabled = false);
            ALTER TABLE groups SET (autovacuum_enabled = false);
            ALTER TABLE groups_users SET (autovacuum_enabled = false);

            INSERT INTO courses (course_name)
            SELECT (ARRAY['Rust', 'AI Safety', 'Économie', 'Haskell', 'Biosecurity', 'Linear Algebra', 'Ethics', 'Statistics', 'Go', 'Writing'])[1 + n % 10]
                   || ' ' || (1 + n / 10)
              FROM generate_series(0, 99) AS n;

            -- Inserted in an order that is not the dates'; "January 2027 0040" is the name's form, the last number unique.
            INSERT INTO cohorts (cohort_name, course_id, cohort_start_date, duration_days, number_of_group_meetings)
            SELECT to_char(start, 'FMMonth YYYY') || ' ' || to_char(n, 'FM00000'), (SELECT min(course_id) FROM courses) + n % 100, start, 56, 8
              FROM (SELECT n, date '2017-01-01' + (n * 7919 % @Cohorts) / 2 AS start
                      FROM generate_series(0, @Cohorts - 1) AS n) AS numbered;

            INSERT INTO users (nickname)
            SELECT 'Person ' || n FROM generate_series(1, 50000) AS n;

            INSERT INTO courses_users (user_id, course_id, cohort_id, cohort_role, grouping_status)
            SELECT (SELECT min(user_id) FROM users) + (cohort_id::bigint * @People + person) % 50000, course_id, cohort_id,
                   (CASE WHEN person % 8 = 0 THEN 'facilitator' ELSE 'participant' END)::cohort_role, 'grouped'
              FROM generate_series(0, @People - 1) AS person
             CROSS JOIN cohorts;

            INSERT INTO groups (group_name, cohort_id, status)
            SELECT 'Group ' || number, cohort_id, 'active'
              FROM generate_series(1, @Groups) AS number
             CROSS JOIN cohorts;
            """,
            new { Cohorts, People = PeoplePerCohort, Groups = GroupsPerCohort }, commandTimeout: Limit, cancellationToken: cancellation));
        await log.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"Filled in {watch.Elapsed.TotalSeconds:0} s."));
    }

    public static async Task ShapeAsync(NpgsqlDataSource database, Shape shape, TextWriter log, CancellationToken cancellation)
    {
        var status = shape switch
        {
            Shape.Mixed => """
                CASE WHEN cohort_id % 4 < 2 THEN 'grouped'
                     WHEN cohort_id % 4 = 2 THEN 'awaiting_grouping'
                     WHEN user_id % 10 = 0 THEN 'ungroupable'
                     WHEN user_id % 10 = 1 THEN 'awaiting_grouping'
                     ELSE 'grouped' END
                """,
            Shape.AlmostAllGrouped => """
                CASE WHEN cohort_id IN (SELECT cohort_id FROM cohorts ORDER BY cohort_start_date DESC, cohort_id LIMIT 100)
                     THEN 'awaiting_grouping' ELSE 'grouped' END
                """,
            _ => "'awaiting_grouping'",
        };
        var watch = Stopwatch.StartNew();
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await connection.ExecuteAsync(new CommandDefinition(
            $"UPDATE courses_users SET grouping_status = ({status})::grouping_status WHERE grouping_status <> ({status})::grouping_status",
            commandTimeout: Limit, cancellationToken: cancellation));
        // Who is grouped sits in a group of the cohort.
        await connection.ExecuteAsync(new CommandDefinition(
            """
            TRUNCATE groups_users;
            INSERT INTO groups_users (user_id, group_id, role)
            SELECT user_id, group_id, cohort_role::text::group_user_role
              FROM courses_users
              JOIN groups ON groups.cohort_id = courses_users.cohort_id AND group_name = 'Group ' || 1 + user_id % @Groups
             WHERE grouping_status = 'grouped'
            """,
            new { Groups = GroupsPerCohort }, commandTimeout: Limit, cancellationToken: cancellation));
        // What autovacuum does a minute later on a server that is in use.
        foreach (var table in (string[])["courses", "cohorts", "courses_users", "groups", "groups_users"])
            await connection.ExecuteAsync(new CommandDefinition($"VACUUM (ANALYZE) {table}", commandTimeout: Limit, cancellationToken: cancellation));
        await log.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{shape}: made in {watch.Elapsed.TotalSeconds:0} s."));
    }

    public static async Task DropAsync(string connectionString, string name)
    {
        NpgsqlConnection.ClearAllPools();
        var server = new NpgsqlConnectionStringBuilder(connectionString) { Database = "postgres", Pooling = false };
        await using var connection = new NpgsqlConnection(server.ConnectionString);
        await connection.OpenAsync();
        await connection.ExecuteAsync($"DROP DATABASE IF EXISTS \"{name}\" WITH (FORCE)");
    }
}
