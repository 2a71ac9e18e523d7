using System.Globalization;
using Cohorts.Hosting;
using Dapper;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Snapshooter.Xunit;

namespace Cohorts.Tests.Hosting;

/// <summary>A database of the original system is brought to this program's state with everything that is in it.</summary>
public sealed class TakeoverTests : IAsyncLifetime
{
    private static readonly string[] Tables =
        ["users", "facilitators", "courses", "cohorts", "groups", "groups_users", "courses_users", "meetings"];

    private TestDatabase database = null!;

    public async Task InitializeAsync() => database = await TestDatabase.EmptyAsync();

    public Task DisposeAsync() => database.DisposeAsync();

    [Fact]
    public async Task Every_irregularity_of_the_original_is_repaired()
    {
        await database.ExecuteAsync(OriginalDatabase.First);
        await database.ExecuteAsync(OriginalDatabase.Irregularities);
        var before = await ContentsAsync();

        await MigrateAsync();

        await NothingIsLostAsync(before);
        Snapshot.Match(await database.RowsAsync(
            "cohorts", "groups", "groups_users", "courses_users", "meetings", "feedback", "taken_over_duplicates"));
    }

    [Fact]
    public async Task Names_with_letters_apart_are_composed_but_those_of_groups_that_would_become_one()
    {
        await database.ExecuteAsync(OriginalDatabase.First);
        await database.ExecuteAsync(OriginalDatabase.Irregularities);
        await database.ExecuteAsync(
            """
            INSERT INTO users (user_id, nickname, email, discord_username) VALUES (901, E'Zoe\u0308', E'zoe\u0308@example.org', '@Zoe.N#0');
            INSERT INTO groups (group_id, group_name, cohort_id)
            SELECT number, name, (SELECT min(cohort_id) FROM cohorts)
              FROM (VALUES (901, E'Cafe\u0301'), (902, E'Caf\u00e9'), (903, E'The\u0301')) AS made (number, name);
            """);

        await MigrateAsync();

        Assert.Equal(["Zoë zoë@example.org @Zoe.N#0 zoe.n"], await TextsAsync(
            "SELECT format('%s %s %s %s', nickname, email, discord_username, discord_handle(discord_username)) FROM users WHERE user_id = 901"));
        Assert.Equal(["Cafe\u0301", "Caf\u00e9", "Th\u00e9"], await TextsAsync("SELECT group_name FROM groups WHERE group_id > 900 ORDER BY group_id"));
    }

    [Fact]
    public async Task The_later_original_is_taken_over_with_the_numbers_that_it_has()
    {
        await database.ExecuteAsync(OriginalDatabase.Later);
        await database.ExecuteAsync(OriginalDatabase.Irregularities);
        await database.ExecuteAsync(
            "UPDATE cohorts SET number_of_group_meetings = 6, discord_category_id = '77' WHERE cohort_id = 1");
        var before = await ContentsAsync();

        await MigrateAsync();

        await NothingIsLostAsync(before);
        Assert.Equal(
            ["1: 6 77", "2: 8 ", "3: 8 "],
            await TextsAsync("SELECT format('%s: %s %s', cohort_id, number_of_group_meetings, discord_category_id) FROM cohorts ORDER BY 1"));
    }

    [Fact]
    public async Task An_original_that_lacks_what_may_be_missing_is_completed()
    {
        await database.ExecuteAsync(OriginalDatabase.Bare);
        await database.ExecuteAsync(
            """
            INSERT INTO users (discord_id) VALUES ('1'), ('2');
            INSERT INTO courses (course_name) VALUES ('Ethics');
            INSERT INTO cohorts (course_id, cohort_start_date, duration_days) VALUES (1, '2025-01-13', 56);
            INSERT INTO groups VALUES (40, 'Group 1', 1, 'Friday 18:30-20:00'), (41, 'Group 1', 1, NULL);
            INSERT INTO groups_users (user_id, group_id, role, status) VALUES
                (1, 40, 'participant', 'active'), (1, 40, 'participant', 'active'), (2, 40, 'facilitator', NULL);
            INSERT INTO courses_users (user_id, cohort_id, cohort_role) VALUES
                (1, 1, 'participant'), (1, 1, 'facilitator'), (2, 1, 'facilitator');
            """);
        var before = await ContentsAsync();

        await MigrateAsync();

        await NothingIsLostAsync(before);
        Assert.Equal(
            ["42: forming, 8 people at most", "active: 8 meetings", "awaiting_grouping after 0 attempts"],
            await TextsAsync(
                """
                WITH new_group AS (INSERT INTO groups (group_name, cohort_id) VALUES ('Group 2', 1) RETURNING *),
                new_person AS (INSERT INTO users (nickname) VALUES ('new') RETURNING user_id),
                new_enrolment AS (
                    INSERT INTO courses_users (user_id, course_id, cohort_id, cohort_role)
                    SELECT user_id, 1, 1, 'participant' FROM new_person
                    RETURNING *),
                new_cohort AS (
                    INSERT INTO cohorts (cohort_name, course_id, cohort_start_date, duration_days, number_of_group_meetings)
                    VALUES ('new', 1, '2027-01-11', 56, 8)
                    RETURNING *)
                SELECT format('%s: %s, %s people at most', group_id, status, max_capacity) FROM new_group
                UNION ALL
                SELECT format('%s: %s meetings', status, number_of_group_meetings) FROM new_cohort
                UNION ALL
                SELECT format('%s after %s attempts', grouping_status, grouping_attempt_count) FROM new_enrolment
                """));
    }

    [Theory]
    [InlineData("SERIAL columns")]
    [InlineData("identities")]
    public async Task New_rows_get_ids_that_no_row_has(string ids)
    {
        await database.ExecuteAsync(ids == "identities" ? OriginalDatabase.Later : OriginalDatabase.First);
        await database.ExecuteAsync(OriginalDatabase.Irregularities);
        await MigrateAsync();

        // The sequences stand at their start: every row of the original came with its id.
        Assert.Equal(
            ["7", "3", "3", "4", "14", "13", "13", "6"],
            await TextsAsync(
                """
                WITH "user" AS (INSERT INTO users (nickname) VALUES ('new') RETURNING user_id),
                facilitator AS (INSERT INTO facilitators (user_id) VALUES (4) RETURNING facilitator_id),
                course AS (INSERT INTO courses (course_name) VALUES ('new') RETURNING course_id),
                cohort AS (
                    INSERT INTO cohorts (cohort_name, course_id, cohort_start_date, duration_days, number_of_group_meetings)
                    VALUES ('new', 1, '2027-01-11', 56, 8)
                    RETURNING cohort_id),
                "group" AS (INSERT INTO groups (group_name, cohort_id) VALUES ('new', 1) RETURNING group_id),
                membership AS (
                    INSERT INTO groups_users (user_id, group_id, role) VALUES (5, 1, 'participant') RETURNING group_user_id),
                enrolment AS (
                    INSERT INTO courses_users (user_id, course_id, cohort_id, cohort_role)
                    VALUES (5, 1, 1, 'participant')
                    RETURNING course_user_id),
                meeting AS (
                    INSERT INTO meetings (group_id, scheduled_time_utc, meeting_number) VALUES (1, now(), 4) RETURNING meeting_id)
                SELECT unnest(ARRAY[user_id, facilitator_id, course_id, cohort_id, group_id, group_user_id, course_user_id, meeting_id])::text
                FROM "user", facilitator, course, cohort, "group", membership, enrolment, meeting
                """));
    }

    [Fact]
    public async Task Migrating_again_changes_nothing_even_if_the_scripts_run_again()
    {
        await database.ExecuteAsync(OriginalDatabase.First);
        await database.ExecuteAsync(OriginalDatabase.Irregularities);
        await MigrateAsync();
        var once = await ContentsAsync();

        Assert.Empty(await MigrateAsync());
        Assert.Equal(once.Values, (await ContentsAsync()).Values);

        // The scripts that meet an existing database must also hold for one that is complete, such as a restored copy
        // without its journal.
        await database.ExecuteAsync("DELETE FROM schemaversions WHERE scriptname < '0005'");
        Assert.Equal(4, (await MigrateAsync()).Count);
        Assert.Equal(once.Values, (await ContentsAsync()).Values);
    }

    [Fact]
    public async Task Two_that_take_over_at_once_both_succeed_and_do_it_once()
    {
        await database.ExecuteAsync(OriginalDatabase.First);
        await database.ExecuteAsync(OriginalDatabase.Irregularities);
        var before = await ContentsAsync();

        var ran = await Task.WhenAll(Task.Run(MigrateAsync), Task.Run(MigrateAsync));

        Assert.Single(ran, names => names.Count > 0);
        await NothingIsLostAsync(before);
    }

    [Fact]
    public async Task A_takeover_that_fails_leaves_the_original_as_it_was_and_works_once_the_reason_is_gone()
    {
        await database.ExecuteAsync(OriginalDatabase.First);
        await database.ExecuteAsync(OriginalDatabase.Irregularities);
        // A table of the original's that allows one row per membership stands in the way of merging two memberships.
        await database.ExecuteAsync("CREATE UNIQUE INDEX one_word_each ON feedback (group_user_id)");
        var before = await ContentsAsync();

        var error = await Assert.ThrowsAsync<MigrationException>(MigrateAsync);

        Assert.Equal("0005-repair-what-the-original-allowed-then-forbid-it.sql", error.ScriptName);
        Assert.Contains("\"one_word_each\" (23505). Key (group_user_id)=(1) already exists.", error.Message, StringComparison.Ordinal);
        await NothingIsLostAsync(before);
        Assert.Equal(before.Rows, (await ContentsAsync()).Rows);
        Assert.Empty(await TextsAsync("SELECT 'put aside' WHERE to_regclass('taken_over_duplicates') IS NOT NULL"));

        await database.ExecuteAsync("DROP INDEX one_word_each");
        await MigrateAsync();
        await NothingIsLostAsync(before);
    }

    [Fact]
    public async Task Afterwards_the_database_refuses_what_the_original_allowed_and_what_no_run_is()
    {
        (string What, string Statement)[] attempts =
        [
            ("two groups of one name", "INSERT INTO groups (group_name, cohort_id) VALUES ('Group 1 (3)', 1)"),
            ("a second enrolment", "INSERT INTO courses_users (user_id, cohort_id, cohort_role) VALUES (1, 1, 'participant')"),
            ("a second live membership", "INSERT INTO groups_users (user_id, group_id, role) VALUES (1, 1, 'facilitator')"),
            ("a meeting's number twice", "INSERT INTO meetings (group_id, scheduled_time_utc, meeting_number) VALUES (1, now(), 1)"),
            ("a minute that no week has", "UPDATE groups SET meeting_start_minute = 10080 WHERE group_id = 1"),
            ("a meeting without length", "UPDATE groups SET meeting_length_minutes = 0 WHERE group_id = 1"),
            ("a second open run", "INSERT INTO runs (cohort_id, kind, requested_by) VALUES (1, 'schedule', 'a'), (1, 'realize', 'b')"),
            (
                "a request twice",
                """
                INSERT INTO runs (cohort_id, kind, requested_by, request_key)
                VALUES (1, 'schedule', 'a', 'aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa'), (2, 'schedule', 'b', 'aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa')
                """),
            ("an end without an outcome", "INSERT INTO runs (cohort_id, kind, requested_by, ended_at) VALUES (1, 'schedule', 'a', now())"),
            ("an outcome without an end", "INSERT INTO runs (cohort_id, kind, requested_by, state) VALUES (1, 'schedule', 'a', 'failed')"),
            (
                "a state that is none",
                "INSERT INTO runs (cohort_id, kind, requested_by, state, ended_at) VALUES (1, 'schedule', 'a', 'done', now())"),
        ];
        await database.ExecuteAsync(OriginalDatabase.First);
        await database.ExecuteAsync(OriginalDatabase.Irregularities);
        await MigrateAsync();

        var refusals = new Dictionary<string, string?>();
        foreach (var (what, statement) in attempts)
            refusals.Add(what, (await Assert.ThrowsAsync<PostgresException>(() => database.ExecuteAsync(statement))).ConstraintName);

        Assert.Equal(
            new Dictionary<string, string?>
            {
                ["two groups of one name"] = "uq_groups_cohort_id_group_name",
                ["a second enrolment"] = "uq_courses_users_user_id_cohort_id",
                ["a second live membership"] = "uq_groups_users_live_membership",
                ["a meeting's number twice"] = "uq_meetings_group_id_meeting_number",
                ["a minute that no week has"] = "groups_meeting_start_minute_check",
                ["a meeting without length"] = "groups_meeting_length_minutes_check",
                ["a second open run"] = "uq_runs_open_per_cohort",
                ["a request twice"] = "uq_runs_request_key",
                ["an end without an outcome"] = "ck_runs_open_while_running",
                ["an outcome without an end"] = "ck_runs_open_while_running",
                ["a state that is none"] = "ck_runs_state",
            },
            refusals);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Whatever_the_original_holds_is_there_afterwards(int seed)
    {
        await database.ExecuteAsync(OriginalDatabase.First);
        await database.ExecuteAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"""
            SELECT setseed({seed / 10.0});
            INSERT INTO users (discord_id, nickname) SELECT (random() * 40)::int, 'person ' || n FROM generate_series(1, 80) AS n;
            INSERT INTO courses (course_name) SELECT 'course ' || n FROM generate_series(1, 2) AS n;
            INSERT INTO cohorts (cohort_name, course_id, cohort_start_date, duration_days)
                SELECT 'cohort ' || n, 1 + n % 2, '2025-01-13', 56 FROM generate_series(1, 3) AS n;
            INSERT INTO groups (group_name, cohort_id, recurring_meeting_time_utc, created_at)
                SELECT
                    'Group ' || (random() * 3)::int || CASE WHEN random() < 0.4 THEN ' (' || 2 + (random() * 2)::int || ')' ELSE '' END,
                    1 + floor(random() * 3),
                    (ARRAY['Monday', 'Sunday', 'Someday'])[1 + floor(random() * 3)] || ' ' || (random() * 25)::int || ':' || (ARRAY['00', '30'])[1 + n % 2],
                    CASE WHEN random() < 0.8 THEN '2025-01-01'::timestamptz + random() * 10 * interval '1 day' END
                FROM generate_series(1, 60) AS n;
            INSERT INTO groups_users (user_id, group_id, role, status, dropout_details, created_at)
                SELECT
                    CASE WHEN random() < 0.95 THEN 1 + floor(random() * 20) END,
                    1 + floor(random() * 10),
                    (ARRAY['participant', 'facilitator'])[1 + floor(random() * 2)]::group_user_role,
                    (ARRAY['active', 'active', 'dropped', NULL])[1 + floor(random() * 4)]::group_user_status,
                    'membership ' || n,
                    CASE WHEN random() < 0.8 THEN '2025-01-01'::timestamptz + random() * 10 * interval '1 day' END
                FROM generate_series(1, 300) AS n;
            INSERT INTO courses_users (user_id, cohort_id, cohort_role, grouping_status, grouping_attempt_count, created_at)
                SELECT
                    CASE WHEN random() < 0.95 THEN 1 + floor(random() * 30) END,
                    CASE WHEN random() < 0.9 THEN 1 + floor(random() * 3) END,
                    (ARRAY['participant', 'facilitator'])[1 + floor(random() * 2)]::cohort_role,
                    (ARRAY['awaiting_grouping', 'grouped', 'ungroupable', NULL])[1 + floor(random() * 4)]::grouping_status,
                    n,
                    CASE WHEN random() < 0.8 THEN '2025-01-01'::timestamptz + random() * 10 * interval '1 day' END
                FROM generate_series(1, 200) AS n;
            INSERT INTO meetings (group_id, scheduled_time_utc, discord_event_id)
                SELECT
                    CASE WHEN random() < 0.95 THEN 1 + floor(random() * 60) END,
                    '2025-01-01'::timestamptz + floor(random() * 10) * interval '1 week',
                    n
                FROM generate_series(1, 300) AS n;
            """));
        var before = await ContentsAsync();

        await MigrateAsync();

        await NothingIsLostAsync(before);
        Assert.Empty(await TextsAsync(
            """
            SELECT 'enrolled twice'
            FROM courses_users
            GROUP BY user_id, cohort_id
            HAVING count(*) > 1 AND user_id IS NOT NULL AND cohort_id IS NOT NULL
            UNION ALL
            SELECT 'member twice'
            FROM groups_users
            WHERE status = 'active'
            GROUP BY user_id, group_id
            HAVING count(*) > 1 AND user_id IS NOT NULL
            UNION ALL
            SELECT 'meetings not counted from 1'
            FROM meetings
            WHERE group_id IS NOT NULL
            GROUP BY group_id
            HAVING min(meeting_number) <> 1
                OR max(meeting_number) <> count(*)
                OR array_agg(meeting_id ORDER BY meeting_number) <> array_agg(meeting_id ORDER BY scheduled_time_utc, meeting_id)
            """));
    }

    private Task<IReadOnlyList<string>> MigrateAsync() =>
        Migrations.MigrateAsync(database.ConnectionString, NullLogger.Instance, CancellationToken.None);

    /// <param name="Rows">Of each table of the original that is there, those put aside counted with the table they came from.</param>
    /// <param name="Values">Every value of every row as <c>table.column=value</c>, wherever it is now.</param>
    private sealed record Contents(IReadOnlyDictionary<string, long> Rows, IReadOnlyList<string> Values);

    private async Task<Contents> ContentsAsync()
    {
        await using var connection = await database.DataSource.OpenConnectionAsync();
        var existing = (await connection.QueryAsync<string>("SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'")).ToHashSet();

        var rows = new List<string>();
        foreach (var table in Tables.Where(existing.Contains))
            rows.Add($"SELECT '{table}' AS source, to_jsonb(t) AS content FROM {table} AS t");
        if (existing.Contains("taken_over_duplicates"))
            rows.Add("SELECT table_name, original_row FROM taken_over_duplicates");

        var values = rows.ToList();
        if (existing.Contains("taken_over_duplicates"))
            values.Add("SELECT DISTINCT ON (table_name, merged_into_id) table_name, merged_into_row_before FROM taken_over_duplicates");

        return new Contents(
            (await connection.QueryAsync<(string, long)>(
                $"SELECT source, count(*) FROM ({string.Join(" UNION ALL ", rows)}) AS rows GROUP BY source"))
                .ToDictionary(count => count.Item1, count => count.Item2),
            (await connection.QueryAsync<string>(
                $"""
                SELECT source || '.' || key || '=' || value
                FROM ({string.Join(" UNION ALL ", values)}) AS rows
                CROSS JOIN jsonb_each_text(content)
                WHERE value IS NOT NULL
                ORDER BY 1
                """))
                .ToList());
    }

    private async Task NothingIsLostAsync(Contents before)
    {
        var after = await ContentsAsync();
        foreach (var (table, rows) in before.Rows)
            Assert.Equal((table, rows), (table, after.Rows[table]));

        var found = after.Values.GroupBy(value => value).ToDictionary(same => same.Key, same => same.Count());
        foreach (var same in before.Values.GroupBy(value => value))
        {
            // A group that shared its name with an older one has it still, with a number behind.
            var there = same.Key.StartsWith("groups.group_name=", StringComparison.Ordinal)
                ? found.Where(value => value.Key == same.Key || value.Key.StartsWith(same.Key + " (", StringComparison.Ordinal))
                    .Sum(value => value.Value)
                : found.GetValueOrDefault(same.Key);
            Assert.True(there >= same.Count(), $"{same.Key}: {same.Count()} before, {there} after");
        }
    }

    private async Task<List<string>> TextsAsync(string sql)
    {
        await using var connection = await database.DataSource.OpenConnectionAsync();
        return (await connection.QueryAsync<string>(sql)).ToList();
    }
}
