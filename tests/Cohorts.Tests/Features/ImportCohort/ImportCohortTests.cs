using Cohorts.Domain;
using Cohorts.Features.ImportCohort;
using Dapper;
using NodaTime;
using static Cohorts.Features.ImportCohort.ImportCohort;

namespace Cohorts.Tests.Features.ImportCohort;

/// <summary>Each test has a cohort, and people, of its own in the class's database.</summary>
public sealed class ImportCohortTests(Slices slices) : IClassFixture<Slices>
{
    [Fact]
    public async Task Importing_the_same_file_again_changes_nothing_and_doubles_nobody()
    {
        const string Csv = "name,email,availability\nSame Ana,same.ana@example.org,M09:00 M11:00\nSame Ben,,T09:00 T11:00\n";
        var first = await slices.ImportedAsync(Files.Import(Csv, "Same"));
        var before = await slices.ChecksumAsync();

        var again = await slices.ImportedAsync(Files.Import(Csv, "Same"));

        Assert.Equal((2, 2, 0), (first.People, first.Created, first.Updated));
        Assert.Equal((2, 0, 2, 2), (again.People, again.Created, again.Updated, again.Unchanged));
        Assert.Equal(first.CohortId, again.CohortId);
        Assert.Equal(CohortOrigin.Existing, again.Origin);
        Assert.Equal(before, await slices.ChecksumAsync());
    }

    [Fact]
    public async Task People_are_recognized_by_id_else_by_address_in_any_case_else_by_name_in_the_cohort()
    {
        await slices.ImportedAsync(Files.Import(
            "name,email,discord_id,availability\n" +
            "By Id,,300000000000000001,M09:00 M11:00\nBy Mail,by.mail@example.org,,M09:00 M11:00\nBy Name,,,M09:00 M11:00\n",
            "Recognized"));

        var again = await slices.ImportedAsync(Files.Import(
            "name,email,discord_id,availability\n" +
            "Other Id,new.id@example.org,300000000000000001,M09:00 M11:00\nOther Mail,BY.MAIL@Example.ORG,,M09:00 M11:00\n" +
            "by  name,by.name@example.org,,M09:00 M11:00\n",
            "Recognized"));

        Assert.Equal((0, 3), (again.Created, again.Updated));
        Assert.Equal(["Other Id", "Other Mail", "by  name"], await NamesAsync(again.CohortId!.Value));
    }

    [Fact]
    public async Task A_person_known_from_another_cohort_is_enrolled_and_not_made_again_and_a_namesake_there_is_somebody_else()
    {
        await slices.ImportedAsync(Files.Import(
            "name,email,availability\nTwice Ana,twice.ana@example.org,M09:00 M11:00\nTwice Ben,,M09:00 M11:00\n", "Twice 1"));

        var second = await slices.ImportedAsync(Files.Import(
            "name,email,availability\nTwice Ana,twice.ana@example.org,M09:00 M11:00\nTwice Ben,,M09:00 M11:00\n", "Twice 2"));

        Assert.Equal((1, 1, 2), (second.Created, second.Updated, second.Enrolled));
    }

    [Fact]
    public async Task Two_rows_that_are_one_person_and_one_row_that_is_two_are_told_with_their_lines()
    {
        await slices.ImportedAsync(Files.Import(
            "name,email,discord_id,availability\n" +
            "Clash Ana,clash.ana@example.org,300000000000000011,\nClash Ben,clash.ben@example.org,300000000000000012,\n",
            "Clash"));
        var before = await slices.ChecksumAsync();

        var refusal = await slices.RefusedAsync(Files.Import(
            "name,email,discord_id,availability\n" +
            "Mix,clash.ben@example.org,300000000000000011,\n" +
            "Ben,,300000000000000012,\n" +
            "Benno,,300000000000000012,\n" +
            "Clash Ana,,,\n" +
            "Clash Ana,,,\n",
            "Clash"));

        Assert.Collection(
            refusal.Details,
            d => Assert.Matches(@"^line 2 \(Mix\): matches 2 people: Clash Ana \(user \d+, .*\) and Clash Ben \(", d),
            d => Assert.StartsWith("line 4 (Benno): has the same discord_id as line 3 (Ben)", d, StringComparison.Ordinal),
            d => Assert.StartsWith("line 5 (Clash Ana): line 6 has the same name", d, StringComparison.Ordinal),
            d => Assert.StartsWith("line 6 (Clash Ana): line 5 has the same name", d, StringComparison.Ordinal));
        Assert.Equal(before, await slices.ChecksumAsync());
    }

    [Fact]
    public async Task A_namesake_with_an_address_of_their_own_is_somebody_new_when_the_other_is_in_the_file_too()
    {
        await slices.ImportedAsync(Files.Import("name,email,availability\nNora,nora.1@example.org,\n", "Namesakes"));

        var again = await slices.ImportedAsync(Files.Import(
            "name,email,availability\nNora,nora.2@example.org,\nNora,nora.1@example.org,\n", "Namesakes"));

        Assert.Equal((1, 1), (again.Created, again.Updated));
    }

    [Fact]
    public async Task Empty_cells_keep_what_is_stored_but_for_hours()
    {
        await slices.ImportedAsync(Files.Import(
            "name,email,discord_id,discord_username,role,timezone,availability,if_needed,max_groups\n" +
            "Keep,keep@example.org,300000000000000021,keeper,facilitator,Europe/Berlin,M09:00 M11:00,T09:00 T11:00,3\n",
            "Keep"));

        var again = await slices.ImportedAsync(Files.Import(
            "name,email,discord_id,discord_username,role,timezone,availability,if_needed,max_groups\nKeep,keep@example.org,,,,,,,\n", "Keep"));

        await using var connection = await slices.DataSource.OpenConnectionAsync();
        var row = await connection.QuerySingleAsync<(string, string, string, string, int, string?, string?)>(
            """
            SELECT discord_id, discord_username, timezone, cohort_role::text, max_active_groups, availability_utc, if_needed_availability_utc
              FROM users JOIN courses_users USING (user_id) JOIN facilitators USING (user_id)
             WHERE cohort_id = @Id
            """,
            new { Id = again.CohortId!.Value.Value });
        Assert.Equal(("300000000000000021", "keeper", "Europe/Berlin", "facilitator", 3, "", ""), row);
        Assert.Equal(["Keep"], again.WithoutUsableHours);
    }

    [Fact]
    public async Task Without_the_column_if_needed_what_is_stored_of_it_stays()
    {
        await slices.ImportedAsync(Files.Import("name,availability,if_needed\nIva,M09:00 M11:00,T09:00 T11:00\n", "If needed"));

        var again = await slices.ImportedAsync(Files.Import("name,availability\nIva,W09:00 W11:00\n", "If needed"));

        await using var connection = await slices.DataSource.OpenConnectionAsync();
        Assert.Equal(
            ("W09:00 W11:00", "T09:00 T11:00"),
            await connection.QuerySingleAsync<(string, string)>(
                "SELECT availability_utc, if_needed_availability_utc FROM users JOIN courses_users USING (user_id) WHERE cohort_id = @Id",
                new { Id = again.CohortId!.Value.Value }));
    }

    [Fact]
    public async Task Those_missing_from_the_file_are_kept_and_named()
    {
        await slices.ImportedAsync(Files.Import("name,availability\nStays,M09:00 M11:00\nGone,M09:00 M11:00\n", "Missing"));

        var again = await slices.ImportedAsync(Files.Import("name,availability\nStays,M09:00 M11:00\n", "Missing"));

        Assert.Equal(["Gone"], again.MissingFromFile);
        Assert.Equal(["Stays", "Gone"], await NamesAsync(again.CohortId!.Value));
    }

    [Fact]
    public async Task Somebody_left_over_whose_hours_changed_awaits_grouping_again_and_only_they()
    {
        var first = await slices.ImportedAsync(Files.Import(
            "name,availability\nMoved,M09:00 M11:00\nStill,M09:00 M11:00\nSplit,M09:00 M11:00\n", "Left over"));
        await slices.Database.ExecuteAsync(
            $"UPDATE courses_users SET grouping_status = 'ungroupable', ungroupable_reason = 'insufficient_group_size', ungroupable_detail = 'x' WHERE cohort_id = {first.CohortId}");

        // The same hours written in another way are the same hours.
        var again = await slices.ImportedAsync(Files.Import(
            "name,availability\nMoved,M10:00 M12:00\nStill,M09:00 M11:00\nSplit,\"M10:00 M11:00, M09:00 M10:00\"\n", "Left over"));

        Assert.Equal(["Moved"], again.AwaitingAgain);
        await using var connection = await slices.DataSource.OpenConnectionAsync();
        Assert.Equal(
            [("Moved", "awaiting_grouping", null), ("Still", "ungroupable", "insufficient_group_size"), ("Split", "ungroupable", "insufficient_group_size")],
            await connection.QueryAsync<(string, string, string?)>(
                """
                SELECT nickname, grouping_status::text, ungroupable_reason
                  FROM courses_users JOIN users USING (user_id)
                 WHERE cohort_id = @Id
                 ORDER BY user_id
                """,
                new { Id = first.CohortId!.Value.Value }));
    }

    [Fact]
    public async Task Those_whose_changed_hours_no_longer_hold_their_groups_meeting_are_named()
    {
        var first = await slices.ImportedAsync(Files.Import(
            "name,availability,if_needed\nFits,M09:00 M11:00,\nMisses,M09:00 M11:00,\nIf needed,M09:00 M11:00,\n", "Fitting"));
        await AddGroupAsync(first.CohortId!.Value, "Group 1", startMinute: 9 * 60, "forming");

        var again = await slices.ImportedAsync(Files.Import(
            "name,availability,if_needed\nFits,M09:00 M10:00,\nMisses,M09:30 M11:00,\nIf needed,T09:00 T10:00,M08:00 M12:00\n", "Fitting"));

        Assert.Equal([new MeetingMissed("Misses", "Group 1", "Monday 09:00-10:00", null)], again.MeetingsMissed);
    }

    [Fact]
    public async Task Start_meetings_and_length_change_while_there_is_no_group_and_are_refused_afterwards()
    {
        const string Csv = "name,availability\nPlanned,M09:00 M11:00\n";
        var first = await slices.ImportedAsync(Files.Import(Csv, "Plan"));
        var changed = Files.Import(Csv, "Plan") with { Start = Files.Monday.PlusDays(7), Meetings = 6, MeetingLengthMinutes = 90 };
        await slices.ImportedAsync(changed);
        await using var connection = await slices.DataSource.OpenConnectionAsync();
        async Task<(LocalDate, int, int, int)> Stored() => await connection.QuerySingleAsync<(LocalDate, int, int, int)>(
            "SELECT cohort_start_date, number_of_group_meetings, duration_days, meeting_length_minutes FROM cohorts WHERE cohort_id = @Id",
            new { Id = first.CohortId!.Value.Value });
        Assert.Equal((Files.Monday.PlusDays(7), 6, 42, 90), await Stored());
        await AddGroupAsync(first.CohortId!.Value, "Group 1", startMinute: 9 * 60, "active");
        var before = await slices.ChecksumAsync();

        var refusal = await slices.RefusedAsync(Files.Import(Csv, "Plan") with { MeetingLengthMinutes = 60 });

        Assert.Contains("Plan has 1 group already", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(
            [
                "The start stays 2027-01-18, not 2027-01-11: --start 2027-01-18",
                "The number of meetings stays 6, not 8: --meetings 6",
                "The length of a meeting stays 90 minutes, not 60: --meeting-length 90",
            ],
            refusal.Details);
        Assert.Equal(before, await slices.ChecksumAsync());

        // With the dates as they stand people are updated, and a length that is not given stays.
        await slices.ImportedAsync(changed with { Content = Files.Import(Csv, "Plan").Content, MeetingLengthMinutes = null });
        Assert.Equal((Files.Monday.PlusDays(7), 6, 42, 90), await Stored());
    }

    [Fact]
    public async Task A_role_changes_until_the_person_sits_in_a_live_group()
    {
        var first = await slices.ImportedAsync(Files.Import("name,role,availability\nRole Ana,participant,M09:00 M11:00\n", "Roles"));
        await slices.ImportedAsync(Files.Import("name,role,availability\nRole Ana,Facilitator,M09:00 M11:00\n", "Roles"));
        await AddGroupAsync(first.CohortId!.Value, "Group 1", startMinute: 9 * 60, "forming");

        var refusal = await slices.RefusedAsync(Files.Import("name,role,availability\nRole Ana,participant,M09:00 M11:00\n", "Roles"));

        Assert.Equal("line 2 (Role Ana): the role cannot become participant while the person is facilitator in Group 1", Assert.Single(refusal.Details));
    }

    [Fact]
    public async Task A_new_cohort_is_announced_with_the_nearest_name_that_was_there()
    {
        await slices.ImportedAsync(Files.Import("name,availability\nNear,\n", "Winter 2027", course: "Chess"));

        var near = await slices.ImportedAsync(Files.Import("name,availability\nNear,\n", "Wintr 2027", course: "Chess"));
        var elsewhere = await slices.ImportedAsync(Files.Import("name,availability\nNear,\n", "Winter 2027", course: "Ches"));

        Assert.Equal((CohortOrigin.New, "Chess / Winter 2027"), (near.Origin, near.NearestName));
        Assert.Equal((CohortOrigin.NewInNewCourse, "Chess / Winter 2027"), (elsewhere.Origin, elsewhere.NearestName));
    }

    [Fact]
    public async Task A_dry_run_tells_everything_and_saves_nothing()
    {
        var before = await slices.ChecksumAsync();

        var dry = await slices.ImportedAsync(
            Files.Import("name,role,availability,max_groups\nDry,facilitator,M09:00 M11:00,2\n", "Dry", "Swimming") with { Mode = ImportMode.DryRun });

        Assert.Null(dry.CohortId);
        Assert.Equal((1, 1, new Leaders(1, 2, 0)), (dry.People, dry.Created, dry.Leaders));
        Assert.Equal(before, await slices.ChecksumAsync());
    }

    [Fact]
    public async Task Local_times_are_stored_in_UTC_at_the_cohorts_dates()
    {
        const string Csv = "name,timezone,availability\nWinter,America/New_York,M18:00 M20:00\nHalf,asia/kolkata,U23:00 M02:00\n";
        var winter = await slices.ImportedAsync(Files.Import(Csv, "Local winter") with { Times = Times.Local });
        var summer = await slices.ImportedAsync(
            Files.Import(Csv, "Local summer") with { Times = Times.Local, Start = new LocalDate(2027, 7, 5) });

        Assert.Equal(["M23:00 T01:00", "U17:30 U20:30"], await HoursAsync(winter.CohortId!.Value));
        Assert.Equal(["M22:00 T00:00", "U17:30 U20:30"], await HoursAsync(summer.CohortId!.Value));
        Assert.Equal(new ReadBack("Winter", "New York", "Monday 18:00-20:00", 0), summer.ReadBack);
    }

    [Fact]
    public async Task Facilitators_are_counted_with_what_is_left_of_the_groups_they_may_lead()
    {
        var other = await slices.ImportedAsync(Files.Import(
            "name,email,role,availability\nLea,lea.leads@example.org,facilitator,M09:00 M11:00\n", "Leads elsewhere"));
        await AddGroupAsync(other.CohortId!.Value, "Group 1", startMinute: 9 * 60, "active");

        var here = await slices.ImportedAsync(Files.Import(
            "name,email,role,availability,max_groups\nLea,lea.leads@example.org,facilitator,M09:00 M11:00,3\n" +
            "Max,,facilitator,,\nNil,,facilitator,,0\nPia,,,,\n",
            "Leads here"));

        // Lea may lead 3 and leads 1 elsewhere; Max, of whom nothing is said, may lead 1; Nil none.
        Assert.Equal(new Leaders(3, 3, 1), here.Leaders);
    }

    [Fact]
    public async Task Sql_in_a_name_is_a_name()
    {
        const string Name = "Robert'); DROP TABLE users;--";

        var result = await slices.ImportedAsync(Files.Import($"name,availability\n{Name},M09:00 M11:00\n", Name, course: Name));

        Assert.Equal([Name], await NamesAsync(result.CohortId!.Value));
    }

    [Fact]
    public async Task Two_cohorts_of_one_name_are_refused_by_their_ids()
    {
        var one = await slices.AddCohortAsync("Ambiguous");
        var two = await slices.AddCohortAsync("Ambiguous");

        var refusal = await slices.RefusedAsync(Files.Import("name,availability\nAna,\n", "Ambiguous"));

        Assert.Contains($"2 cohorts called Ambiguous (id {one}, id {two})", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Imports_at_once_wait_for_each_other_and_double_nobody()
    {
        var csv = "name,email,role,availability,max_groups\n" + string.Concat(Enumerable.Range(0, 200).Select(i =>
            $"Racer {i},racer.{i}@example.org,{(i % 10 == 0 ? "facilitator" : "participant")},M09:00 M11:00,{(i % 10 == 0 ? "2" : "")}\n"));

        var results = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => slices.ImportedAsync(Files.Import(csv, $"Race {i % 2}"))));

        Assert.Equal(200, results.Sum(r => r.Created));
        Assert.Equal(400, results.Sum(r => r.Enrolled));
        Assert.Equal(2, results.Select(r => r.CohortId).Distinct().Count());
        await using var connection = await slices.DataSource.OpenConnectionAsync();
        Assert.Equal(
            (200, 400, 20),
            await connection.QuerySingleAsync<(int, int, int)>(
                """
                SELECT (SELECT count(*)::int FROM users WHERE email LIKE 'racer.%'),
                       (SELECT count(*)::int FROM courses_users JOIN users USING (user_id) WHERE email LIKE 'racer.%'),
                       (SELECT count(*)::int FROM facilitators JOIN users USING (user_id) WHERE email LIKE 'racer.%')
                """));
    }

    [Fact]
    public async Task An_import_among_rows_that_another_transaction_locks_in_the_other_order_still_ends()
    {
        var csv = "name,email,availability\n" + string.Concat(Enumerable.Range(0, 50).Select(i => $"Lock {i},lock.{i}@example.org,M09:00 M11:00\n"));
        var first = await slices.ImportedAsync(Files.Import(csv, "Locks"));
        await using var connection = await slices.DataSource.OpenConnectionAsync();
        var ids = (await connection.QueryAsync<int>(
            "SELECT user_id FROM courses_users WHERE cohort_id = @Id ORDER BY user_id DESC", new { Id = first.CohortId!.Value.Value })).AsList();
        await using var other = await connection.BeginTransactionAsync();
        await connection.ExecuteAsync("UPDATE users SET notes = 'x' WHERE user_id = @Id", new { Id = ids[0] }, other);

        var import = Task.Run(() => slices.ImportedAsync(Files.Import(csv.Replace("M09:00", "M08:00", StringComparison.Ordinal), "Locks")));
        await Eventually.TrueAsync(async () => await connection.QuerySingleAsync<bool>(
            "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) OR (NOT granted AND locktype = 'transactionid'))",
            transaction: other));
        // Now this one waits for the import, which waits for this one: PostgreSQL takes one of them back.
        try
        {
            await connection.ExecuteAsync("UPDATE users SET notes = 'x' WHERE user_id = @Id", new { Id = ids[^1] }, other);
            await other.CommitAsync();
        }
        catch (Npgsql.PostgresException e) when (e.SqlState == Npgsql.PostgresErrorCodes.DeadlockDetected)
        {
            await other.RollbackAsync();
        }

        Assert.Equal((0, 50), ((await import).Created, (await import).Updated));
    }

    private async Task<IReadOnlyList<string>> NamesAsync(CohortId cohort) => await TextsAsync(cohort, "nickname");

    private async Task<IReadOnlyList<string>> HoursAsync(CohortId cohort) => await TextsAsync(cohort, "availability_utc");

    private async Task<IReadOnlyList<string>> TextsAsync(CohortId cohort, string column)
    {
        await using var connection = await slices.DataSource.OpenConnectionAsync();
        return (await connection.QueryAsync<string>(
            $"SELECT {column} FROM users JOIN courses_users USING (user_id) WHERE cohort_id = @Id ORDER BY user_id", new { Id = cohort.Value })).AsList();
    }

    /// <summary>A group of everybody in the cohort, each in the role of their enrolment.</summary>
    private Task AddGroupAsync(CohortId cohort, string name, int startMinute, string status) => slices.Database.ExecuteAsync(
        $"""
        WITH made AS (
            INSERT INTO groups (group_name, cohort_id, meeting_start_minute, meeting_length_minutes, status)
            VALUES ('{name}', {cohort}, {startMinute}, 60, '{status}')
            RETURNING group_id
        )
        INSERT INTO groups_users (user_id, group_id, role)
        SELECT user_id, group_id, cohort_role::text::group_user_role FROM courses_users CROSS JOIN made WHERE cohort_id = {cohort}
        """);
}
