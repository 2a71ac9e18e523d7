using Cohorts.Domain;
using Cohorts.Features.ListCohorts;
using Cohorts.Tests.Features.ImportCohort;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using static Cohorts.Features.ScheduleCohort.ScheduleCohort;

namespace Cohorts.Tests.Features.ScheduleCohort;

/// <summary>A group takes hours, and counts for whoever leads it, only while it still meets within the dates of the other cohort.</summary>
public sealed class EndedGroupsTests : IAsyncLifetime
{
    private readonly SetClock _clock = new(Instant.FromUtc(2026, 11, 26, 12, 0));
    private readonly Slices _slices;

    public EndedGroupsTests() => _slices = new Slices { Configure = services => services.AddSingleton<IClock>(_clock) };

    public Task InitializeAsync() => _slices.InitializeAsync();

    public Task DisposeAsync() => _slices.DisposeAsync();

    [Fact]
    public async Task Whoever_led_a_group_that_has_ended_leads_again()
    {
        var first = await ImportAsync("First", new LocalDate(2026, 1, 5), 4, ["Vera F", "End B", "End C", "End D"]);
        var ended = await ScheduledAsync(first);
        Assert.Equal("Vera F", Leader(ended));
        var second = await ImportAsync("Second", new LocalDate(2027, 1, 11), 8, ["Vera F", "New B", "New C", "New D"]);

        var result = await ScheduledAsync(second);

        Assert.Equal("Vera F", Leader(result));
        Assert.Equal(4, result.UsersGrouped);
        Assert.Equal([second], (await _slices.SendAsync(new CohortsToRealize.Query(""))).Select(c => c.CohortId));
        Assert.Equal(2, (await _slices.SendAsync(new CohortsToRealize.Query("r"))).Count);
    }

    [Theory]
    [InlineData("2027-03-01", "2026-11-26", false, "one week in which both meet")]
    [InlineData("2027-03-08", "2026-11-26", true, "begins on the day after the last week")]
    [InlineData("2026-11-16", "2026-11-26", true, "ends before the other begins")]
    [InlineData("2026-11-23", "2026-11-26", false, "its last week is the other's first")]
    [InlineData("2027-02-08", "2027-03-03", true, "the last meeting was yesterday")]
    [InlineData("2027-02-08", "2027-03-01", false, "one meeting is left")]
    public async Task Only_meetings_that_are_left_within_the_dates_count(string start, string today, bool leads, string why)
    {
        // Tuesdays from 12 January to 2 March.
        var first = await ImportAsync("First", Files.Monday, 8, ["Vera F", "End B", "End C", "End D"]);
        Assert.Equal("Vera F", Leader(await ScheduledAsync(first)));
        _clock.Now = Instant.FromDateTimeUtc(DateTime.SpecifyKind(DateTime.Parse(today, System.Globalization.CultureInfo.InvariantCulture), DateTimeKind.Utc));
        var second = await ImportAsync("Second", NodaTime.Text.LocalDatePattern.Iso.Parse(start).Value, 8, ["Vera F", "New B", "New C", "New D"]);

        var outcome = await _slices.SendInTurnAsync(new Command(second));

        Assert.True(leads == !outcome.IsRefused, $"{why}: {outcome.Refusal?.Message}");
        if (!leads)
            Assert.Contains("may lead no more", string.Join("\n", outcome.Refusal!.Details.Append("")), StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("UPDATE groups SET status = 'completed'", true)]
    [InlineData("UPDATE groups SET status = 'cancelled'", true)]
    [InlineData("UPDATE groups SET status = 'merged'", true)]
    [InlineData("UPDATE groups SET status = 'active'", false)]
    [InlineData("UPDATE groups SET meeting_start_minute = NULL, recurring_meeting_time_utc = 'when all can'", false)]
    [InlineData("UPDATE groups SET meeting_start_minute = NULL; UPDATE cohorts SET cohort_start_date = '2026-11-01' WHERE cohort_name = 'First'", true)]
    [InlineData("UPDATE cohorts SET meeting_timezone = 'Mars/Olympus' WHERE cohort_name = 'First'", false)]
    [InlineData("INSERT INTO meetings (group_id, cohort_id, scheduled_time_utc, meeting_number) SELECT group_id, cohort_id, '2027-01-26 17:00Z', 1 FROM groups", true)]
    [InlineData("INSERT INTO meetings (group_id, cohort_id, scheduled_time_utc, meeting_number) SELECT group_id, cohort_id, '2027-02-04 17:00Z', 1 FROM groups", false)]
    public async Task What_is_known_of_a_group_decides(string change, bool leads)
    {
        Assert.Equal("Vera F", Leader(await ScheduledAsync(await ImportAsync("First", Files.Monday, 8, ["Vera F", "End B", "End C", "End D"]))));
        await _slices.Database.ExecuteAsync(change);
        var second = await ImportAsync("Second", new LocalDate(2027, 2, 1), 8, ["Vera F", "New B", "New C", "New D"]);

        var outcome = await _slices.SendInTurnAsync(new Command(second));

        Assert.Equal(leads, !outcome.IsRefused);
    }

    [Fact]
    public async Task Hours_are_taken_as_they_fall_in_the_weeks_in_which_both_meet()
    {
        // 19:00 in Berlin: 18:00 UTC in winter, 17:00 from 28 March on.
        var first = await ImportAsync("First", new LocalDate(2027, 3, 1), 8, ["Vera F", "A", "B", "C"], "T18:00 T19:00", "Europe/Berlin", maxGroups: 3);
        Assert.Equal("Vera F", Leader(await ScheduledAsync(first)));

        var spring = await ImportAsync("Spring", new LocalDate(2027, 4, 5), 4, ["Vera F", "D", "E", "F"], "T17:00 T18:00", maxGroups: 3);
        Assert.Contains("none of them can lead", (await _slices.SendInTurnAsync(new Command(spring))).Refusal!.Message, StringComparison.Ordinal);
        var later = await ImportAsync("Later", new LocalDate(2027, 4, 5), 4, ["Vera F", "G", "H", "I"], "T18:00 T19:00", maxGroups: 3);
        Assert.Equal("Vera F", Leader(await ScheduledAsync(later)));
        // And what counts in the other's own first week is its own clocks: 19:00 in Berlin again.
        var berlin = await ImportAsync("Berlin", new LocalDate(2027, 3, 22), 3, ["Vera F", "J", "K", "L"], "T18:00 T19:00", "Europe/Berlin", maxGroups: 3);
        Assert.Contains("none of them can lead", (await _slices.SendInTurnAsync(new Command(berlin))).Refusal!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_import_counts_and_tells_only_groups_that_still_meet()
    {
        var first = await ImportAsync("First", Files.Monday, 8, ["Vera F", "End B", "End C", "End D"], maxGroups: 1);
        await ScheduledAsync(first);
        var meanwhile = await ImportedAsync("Meanwhile", new LocalDate(2027, 2, 1), 8, ["Vera F", "X"], maxGroups: 1);
        var after = await ImportedAsync("After", new LocalDate(2027, 5, 3), 8, ["Vera F", "Y"], maxGroups: 1);

        Assert.Equal((0, 1), (meanwhile.Leaders.Groups, after.Leaders.Groups));
    }

    [Fact]
    public async Task The_database_plans_the_same_meetings_as_the_calendar()
    {
        string?[] names = [null, "Europe/Berlin", "America/New_York", "Pacific/Auckland", "America/Sao_Paulo", "Asia/Kathmandu", "Africa/Cairo", "America/St_Johns"];
        var random = new Random(7);
        var cases = Enumerable.Range(0, 400).Select(i => (
            Zone: names[i % names.Length],
            Start: new LocalDate(2026, 1, 1).PlusDays(random.Next(700)),
            Slot: random.Next(336) * 30,
            Week: random.Next(40))).ToList();
        await using var connection = await _slices.DataSource.OpenConnectionAsync();
        var planned = (await connection.QueryAsync<Instant>(
            """
            SELECT planned_meeting(start, zone, slot, week)
              FROM unnest(@Starts::date[], @Zones::text[], @Slots::int[], @Weeks::int[]) WITH ORDINALITY AS one (start, zone, slot, week, place)
             ORDER BY place
            """,
            new
            {
                Starts = cases.Select(c => c.Start.ToString("uuuu-MM-dd", null)).ToArray(),
                Zones = cases.Select(c => c.Zone).ToArray(),
                Slots = cases.Select(c => c.Slot).ToArray(),
                Weeks = cases.Select(c => c.Week).ToArray(),
            })).AsList();

        Assert.Equal(
            cases.Select(c => MeetingCalendar.Meetings(c.Start, c.Zone is null ? null : DateTimeZoneProviders.Tzdb[c.Zone], c.Slot, c.Week + 1)[^1]),
            planned);
    }

    [Fact]
    public void A_weekly_slot_taken_by_one_of_its_own_meetings_is_that_slot()
    {
        var random = new Random(3);
        foreach (var zone in new DateTimeZone?[] { null, DateTimeZoneProviders.Tzdb["Europe/Berlin"], DateTimeZoneProviders.Tzdb["America/New_York"] })
        {
            for (var i = 0; i < 300; i++)
            {
                var start = new LocalDate(2027, 1, 1).PlusDays(random.Next(365));
                // By day, where no clock ever skips or repeats an hour.
                var slot = random.Next(7) * 1440 + 15 * 60 + random.Next(8) * 15;
                var dates = CohortDates.Of(start, zone, 30, Instant.MinValue);
                Assert.All(
                    MeetingCalendar.Meetings(start, zone, slot, 30),
                    m => Assert.Equal((slot, 60), dates.SlotTakenBy(m, m + Duration.FromHours(1))));
            }
        }
    }

    private static string? Leader(Result result) => Assert.Single(result.Groups).Members.SingleOrDefault(m => m.Role == CohortRole.Facilitator)?.Name;

    private async Task<Result> ScheduledAsync(CohortId cohort)
    {
        var outcome = await _slices.SendInTurnAsync(new Command(cohort));
        Assert.False(outcome.IsRefused, outcome.Refusal?.Message + string.Join(" ", outcome.Refusal?.Details ?? []));
        return outcome.Result;
    }

    private async Task<CohortId> ImportAsync(
        string name, LocalDate start, int meetings, string[] people, string hours = "T17:00 T19:00", string? zone = null, int? maxGroups = null) =>
        (await ImportedAsync(name, start, meetings, people, hours, zone, maxGroups)).CohortId!.Value;

    private Task<Cohorts.Features.ImportCohort.ImportCohort.Result> ImportedAsync(
        string name, LocalDate start, int meetings, string[] people, string hours = "T17:00 T19:00", string? zone = null, int? maxGroups = null) =>
        _slices.ImportedAsync(Files.Import(
            "name,email,role,availability,max_groups\n" + string.Concat(people.Select((p, i) =>
                $"{p},{p.Replace(" ", ".", StringComparison.Ordinal)}@ended.example,{(i == 0 ? "facilitator" : "")},{hours},{(i == 0 ? maxGroups : null)}\n")),
            name) with { Start = start, Meetings = meetings, MeetingTimezone = zone is null ? null : DateTimeZoneProviders.Tzdb[zone] });
}
