using Cohorts.Features.ImportCohort;
using CsCheck;
using NodaTime;

namespace Cohorts.Tests.Features.ImportCohort;

public sealed class ClockChangeTests
{
    private static readonly IDateTimeZoneProvider Tzdb = DateTimeZoneProviders.Tzdb;

    private static readonly (string Name, DateTimeZone Zone)[] People =
    [
        ("Ana", Tzdb["Europe/Berlin"]), ("Kavya", Tzdb["Asia/Kolkata"]), ("Grace", Tzdb["America/New_York"]), ("Hugo", Tzdb["Europe/Paris"]),
        ("Isla", Tzdb["Australia/Sydney"]),
    ];

    [Fact]
    public void Meetings_that_keep_to_UTC_move_for_everybody_whose_clocks_change()
    {
        var changes = ClockChange.Find(People, DateTimeZone.Utc, Files.Monday, weeks: 12);

        Assert.Equal(
            [
                "week 9, 2027-03-14, 60: America/New_York: Grace",
                "week 11, 2027-03-28, 60: Europe/Berlin, Europe/Paris: Ana, Hugo",
                "week 12, 2027-04-04, -60: Australia/Sydney: Isla",
            ],
            changes.Select(Told));
    }

    [Fact]
    public void Meetings_that_follow_Berlin_move_for_others_and_back_where_their_clocks_follow()
    {
        var changes = ClockChange.Find(People, Tzdb["Europe/Berlin"], Files.Monday, weeks: 12);

        Assert.Equal(
            [
                "week 9, 2027-03-14, 60: America/New_York: Grace",
                "week 11, 2027-03-28, -60: America/New_York, Asia/Kolkata, Australia/Sydney: Grace, Isla, Kavya",
                "week 12, 2027-04-04, -60: Australia/Sydney: Isla",
            ],
            changes.Select(Told));
    }

    [Theory]
    [InlineData(10, 0)]
    [InlineData(11, 1)]
    public void Only_the_cohorts_own_weeks_count(int weeks, int expected) =>
        Assert.Equal(expected, ClockChange.Find(People[..1], DateTimeZone.Utc, Files.Monday, weeks).Count);

    [Fact]
    public void Both_clocks_changing_on_one_date_are_one_change()
    {
        var changes = ClockChange.Find(
            [("Ana", Tzdb["Australia/Yancowinna"])], Tzdb["US/Michigan"], new LocalDate(2004, 9, 13), weeks: 8);

        Assert.Equal(["week 7, 2004-10-31, 120: Australia/Yancowinna: Ana"], changes.Select(Told));
    }

    [Fact]
    public void All_changes_together_are_the_difference_between_the_first_day_and_the_last()
    {
        var zones = Gen.Int[0, Tzdb.Ids.Count - 1].Select(i => Tzdb[Tzdb.Ids[i]]);
        Gen.Select(zones, zones, Gen.Int[0, 40 * 365], Gen.Int[1, 60]).Sample((own, meeting, day, weeks) =>
        {
            var start = new LocalDate(2000, 1, 1).PlusDays(day);
            int SecondsAhead(Instant at) => own.GetUtcOffset(at).Seconds - meeting.GetUtcOffset(at).Seconds;

            var changes = ClockChange.Find([("Ana", own)], meeting, start, weeks);

            // The last moment before the end: a change at the end itself is no longer the cohort's.
            var end = meeting.AtStartOfDay(start.PlusDays(7 * weeks)).ToInstant() - Duration.Epsilon;
            return changes.Sum(c => c.MinutesLater) == (SecondsAhead(end) - SecondsAhead(meeting.AtStartOfDay(start).ToInstant())) / 60
                && changes.All(c => c.MinutesLater != 0 && c.Week >= 1 && c.Week <= weeks + 1 && c.Date >= start);
        });
    }

    private static string Told(ClockChange change) =>
        $"week {change.Week}, {change.Date.ToString("uuuu-MM-dd", null)}, {change.MinutesLater}: {string.Join(", ", change.Zones)}: {string.Join(", ", change.People.Order(StringComparer.Ordinal))}";
}
