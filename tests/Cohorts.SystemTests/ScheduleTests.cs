using System.Globalization;

namespace Cohorts.SystemTests;

/// <summary>The program's own processes, killed, interrupted, and two at a time.</summary>
public sealed class ScheduleTests(ProgramFolder folder) : IClassFixture<ProgramFolder>
{
    /// <summary>The long form, 50 kills: <c>COHORTS_TEST_LONG=1 ./cohorts test --filter Killed</c>.</summary>
    private static readonly int Kills = Environment.GetEnvironmentVariable("COHORTS_TEST_LONG") is "1" ? 50 : 3;

    [Fact]
    public async Task Killed_at_any_moment_all_of_a_run_is_saved_or_nothing_and_the_next_works_within_ten_seconds()
    {
        var random = new Random(1);
        var (saved, unsaved) = (0, 0);
        // How long the whole of it takes here and now: the kills are spread over that, on a fast machine and on a busy one.
        var undisturbed = await CohortsProgram.RunAsync(folder.Location, "schedule", Id(await folder.ImportAsync("undisturbed", people: 60)), "--iterations", "3000");
        for (var kill = 0; kill < Kills; kill++)
        {
            var cohort = await folder.ImportAsync(string.Create(CultureInfo.InvariantCulture, $"killed-{kill}"), people: 60);
            await using (var program = CohortsProgram.Begin(folder.Location, "schedule", Id(cohort), "--iterations", "3000"))
            {
                // At any moment of the process's life; from the moment on in which it opens its run; and right after it has saved.
                var moments = kill % 3;
                if (moments == 1)
                    await Eventually.HoldsAsync("the run is open", TimeSpan.FromSeconds(30), async () => program.HasEnded || await OpenRunsAsync(cohort) == 1);
                else if (moments == 2)
                    await Eventually.HoldsAsync("the run is saved", TimeSpan.FromSeconds(30), async () => program.HasEnded || await AwaitingAsync(cohort) == 0);
                var longest = moments switch { 0 => undisturbed.Took.TotalMilliseconds, 1 => Kills > 3 ? 300 : 30, _ => 20 };
                using var moment = new PeriodicTimer(TimeSpan.FromMilliseconds(1 + random.Next((int)longest)));
                await moment.WaitForNextTickAsync();
                program.Kill();
                await program.EndAsync();
            }

            await Eventually.HoldsAsync("the server knows that the process is gone", TimeSpan.FromSeconds(10), async () =>
                await folder.AskAsync<int>("SELECT count(*)::int FROM pg_stat_activity WHERE datname = 'cohorts' AND application_name <> 'tests'") == 0);
            var groups = await folder.AskAsync<int>("SELECT count(*)::int FROM groups WHERE cohort_id = @cohort", new { cohort });
            var awaiting = await AwaitingAsync(cohort);
            Assert.True(
                (groups == 0 && awaiting == 60) || (groups > 0 && awaiting == 0),
                $"Kill {kill}: {groups} groups were saved, and {awaiting} of 60 people await grouping.");
            _ = groups == 0 ? unsaved++ : saved++;

            var next = await CohortsProgram.RunAsync(folder.Location, "schedule", Id(cohort), "--json");

            // Where all facilitators lead as many groups as they may by then, it says that instead.
            Assert.True(next.ExitCode == 0 || (groups > 0 && next.Errors.Contains("none of them can lead a group now", StringComparison.Ordinal)), next.Errors);
            Assert.True(next.Took < Bot.Machine.Allows(TimeSpan.FromSeconds(10)), $"Kill {kill}: the next schedule took {next.Took}.");
            Assert.Equal(0, await AwaitingAsync(cohort));
            Assert.Equal(0, await OpenRunsAsync(cohort));
            Assert.Equal(0, await folder.AskAsync<int>(
                """
                SELECT count(*)::int
                  FROM (SELECT user_id
                          FROM groups_users
                          JOIN groups USING (group_id)
                         WHERE cohort_id = @cohort AND role = 'participant'
                         GROUP BY user_id
                        HAVING count(*) > 1) AS twice
                """,
                new { cohort }));
        }

        Assert.True(unsaved > 0 && saved > 0, $"{saved} saved, {unsaved} not: the kills fell all on one side and show nothing.");
    }

    [Fact]
    public async Task Interrupted_it_ends_with_130_and_nothing_is_saved()
    {
        var cohort = await folder.ImportAsync("interrupted", people: 60);
        await using var held = await folder.HoldPeopleAsync(cohort);
        await using var program = CohortsProgram.Begin(folder.Location, "schedule", Id(cohort));
        await Eventually.HoldsAsync("the run is open", TimeSpan.FromSeconds(30), async () => await OpenRunsAsync(cohort) == 1);

        await program.InterruptAsync();
        var ending = await program.EndAsync();

        Assert.Equal(130, ending.ExitCode);
        Assert.Equal("", ending.Output);
        Assert.Contains("Nothing is half-written", ending.Errors, StringComparison.Ordinal);
        Assert.Equal(60, await AwaitingAsync(cohort));
        Assert.Equal(0, await OpenRunsAsync(cohort));
    }

    [Fact]
    public async Task A_second_process_is_told_who_runs_what_since_when()
    {
        var cohort = await folder.ImportAsync("two-at-once", people: 60);
        await using var held = await folder.HoldPeopleAsync(cohort);
        await using var first = CohortsProgram.Begin(folder.Location, "schedule", Id(cohort));
        await Eventually.HoldsAsync("the run is open", TimeSpan.FromSeconds(30), async () => await OpenRunsAsync(cohort) == 1);

        var second = await CohortsProgram.RunAsync(folder.Location, "schedule", Id(cohort), "--json");

        Assert.Equal(1, second.ExitCode);
        Assert.Equal("", second.Output);
        Assert.Matches($"^{Environment.UserName} has been scheduling this cohort since \\d\\d:\\d\\d:\\d\\d UTC", second.Errors);
        await first.InterruptAsync();
        Assert.Equal(130, (await first.EndAsync()).ExitCode);
    }

    [Fact]
    public async Task Processes_with_a_cohort_each_that_overlap_in_time_all_tell_what_they_saved()
    {
        var cohorts = new List<int>();
        for (var i = 0; i < 4; i++)
            cohorts.Add(await folder.ImportAsync(string.Create(CultureInfo.InvariantCulture, $"overlap-{i}"), people: 60));
        var random = new Random(2);

        var endings = await Task.WhenAll(cohorts.Select(async cohort =>
        {
            using var moment = new PeriodicTimer(TimeSpan.FromMilliseconds(1 + random.Next(2500)));
            await moment.WaitForNextTickAsync();
            return await CohortsProgram.RunAsync(folder.Location, "schedule", Id(cohort), "--iterations", "3000", "--json");
        }));

        Assert.All(endings, e => Assert.True(e.Json.GetProperty("groupsCreated").GetInt32() > 0));
    }

    [Fact]
    public async Task A_thousand_people_are_imported_and_scheduled_in_less_than_500_MB()
    {
        var file = folder.WriteSignUps("thousand", people: 1000);

        var imported = await CohortsProgram.RunAsync(
            folder.Location, "import", file, "--course", "Rust", "--cohort", "thousand", "--start", "2027-01-11", "--meetings", "8", "--json");
        var scheduled = await CohortsProgram.RunAsync(folder.Location, "schedule", "thousand", "--json");

        Assert.Equal(1000, imported.Json.GetProperty("created").GetInt32());
        Assert.Equal(
            1000, scheduled.Json.GetProperty("usersGrouped").GetInt32() + scheduled.Json.GetProperty("usersUngroupable").GetInt32());
        Assert.True(scheduled.Json.GetProperty("usersGrouped").GetInt32() > 700, "Most can be placed.");
        Assert.InRange(imported.PeakBytes, 1, 500_000_000);
        Assert.InRange(scheduled.PeakBytes, 1, 500_000_000);
    }

    private static string Id(int cohort) => cohort.ToString(CultureInfo.InvariantCulture);

    private Task<int> OpenRunsAsync(int cohort) =>
        folder.AskAsync<int>("SELECT count(*)::int FROM runs WHERE cohort_id = @cohort AND ended_at IS NULL", new { cohort });

    private Task<int> AwaitingAsync(int cohort) => folder.AskAsync<int>(
        "SELECT count(*)::int FROM courses_users WHERE cohort_id = @cohort AND grouping_status = 'awaiting_grouping'", new { cohort });
}
