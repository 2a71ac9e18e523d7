using System.Globalization;
using Cohorts.Domain;
using CsCheck;
using NodaTime;

namespace Cohorts.Tests.Domain;

/// <summary>
/// What clock changes move: for meetings kept in UTC, for those kept by a zone's clocks, for members whose clocks change on the same day, on
/// another, by half an hour, the other way round, or not at all.
/// </summary>
public sealed class ClockChangesTests
{
    private const int Wednesday16 = 2 * 1440 + 16 * 60;

    [Theory]
    // In UTC: whoever's clocks change.
    [InlineData(null, "Europe/Berlin", "2027-03-28 week 12 +60")]
    [InlineData(null, "America/New_York", "2027-03-14 week 10 +60")]
    [InlineData(null, "Asia/Tokyo", "")]
    [InlineData(null, "Australia/Sydney", "2027-04-04 week 13 -60")]
    [InlineData(null, "Australia/Lord_Howe", "2027-04-04 week 13 -30")]
    // By Berlin's clocks: whoever's change on another day or not at all.
    [InlineData("Europe/Berlin", "Europe/Berlin", "")]
    [InlineData("Europe/Berlin", "Europe/London", "")]
    [InlineData("Europe/Berlin", "America/New_York", "2027-03-14 week 10 +60, 2027-03-28 week 12 -60")]
    [InlineData("Europe/Berlin", "Asia/Tokyo", "2027-03-28 week 12 -60")]
    [InlineData("Europe/Berlin", "Australia/Sydney", "2027-03-28 week 12 -60, 2027-04-04 week 13 -60")]
    public void Of_meetings_from_January_on(string? zone, string member, string expected) => Assert.Equal(
        expected, string.Join(", ", ClockChanges.Of([Group(zone, Wednesday16, 16, member)]).Select(Short)));

    [Fact]
    public void A_meeting_that_the_clocks_skip_is_moved_for_one_week() =>
        // Sunday 02:30 in Berlin: at 03:30 on 28 March.
        Assert.Equal(
            "2027-03-28 week 11 +60, 2027-04-04 week 12 -60",
            string.Join(", ", ClockChanges.Of([Group("Europe/Berlin", 6 * 1440 + 90, 16, "Europe/Berlin")]).Select(Short)));

    [Fact]
    public void Groups_and_people_are_counted_once_on_each_day()
    {
        var moves = ClockChanges.Of(
            [
                Group(null, Wednesday16, 16, "Europe/Berlin", "Europe/Paris", "Asia/Tokyo"),
                // The first of them is in both groups.
                Group(null, 0, 16, "Europe/Berlin", "America/New_York"),
                Group(null, 0, 3, "Europe/Berlin"),
            ]);

        Assert.Equal(
            [
                "From 14 March on, 1 group (1 person) meets an hour later by their own clocks.",
                "From 28 March on, 2 groups (2 people) meet an hour later by their own clocks.",
            ],
            moves.Select(m => m.ToString()));
    }

    [Fact]
    public void More_than_somebody_reads_are_counted()
    {
        ClockMove Move(int day) => new(new DateOnly(2027, 5, day), 2, -90, 1, 1);

        Assert.Empty(ClockChanges.Tell([]));
        Assert.Equal(4, ClockChanges.Tell([Move(1), Move(2), Move(3), Move(4)]).Count);
        Assert.Equal(
            ["From 1 May on, 1 group (1 person) meets 1 h 30 min earlier by their own clocks.", "Clocks change on 3 more occasions later."],
            ClockChanges.Tell([.. Enumerable.Range(1, 6).Select(Move)]).Where((_, i) => i is 0 or 3));
    }

    /// <summary>What is told, added to the first meeting's local time, is each meeting's local time; and on the days told clocks did change.</summary>
    [Fact]
    public void For_any_group_the_moves_add_up_to_what_the_members_clocks_show()
    {
        var ids = DateTimeZoneProviders.Tzdb.Ids;
        var anyZone = Gen.Int[0, ids.Count - 1].Select(i => DateTimeZoneProviders.Tzdb[ids[i]]);
        Gen.Select(anyZone, anyZone, Gen.Int[0, 730], Gen.Int[0, 335], Gen.Bool).Sample((own, cohort, day, slot, inUtc) =>
        {
            var zone = inUtc ? null : cohort;
            var start = new LocalDate(2027, 1, 1).PlusDays(day);
            var meetings = MeetingCalendar.Meetings(start, zone, slot * 30, 40);

            var moves = ClockChanges.Of([new WeeklyGroup(start, zone, slot * 30, 40, [(new UserId(1), own)])]);

            var first = meetings[0].InZone(own).LocalDateTime;
            for (var week = 0; week < meetings.Count; week++)
            {
                var moved = moves.Where(m => m.Week <= week + 1).Sum(m => m.MinutesLater);
                Assert.Equal(first.PlusWeeks(week).PlusMinutes(moved), meetings[week].InZone(own).LocalDateTime);
            }

            Assert.All(moves, m => Assert.True(
                Changes(own, m.Date) || (zone is not null && (Changes(zone, m.Date) || IsOfTheMeeting(m))), $"{own.Id}, {zone?.Id}, {m}"));

            // Dated by the meeting itself: the time that the meetings keep was skipped the week before and is back, or both clocks changed
            // on one day, with a meeting in between.
            bool IsOfTheMeeting(ClockMove move) =>
                (moves.Any(m => m.Week == move.Week - 1)
                    || meetings[move.Week - 2].InZone(zone).TimeOfDay != meetings[0].InZone(zone).TimeOfDay)
                && move.Date == meetings[move.Week - 1].InZone(own).Date.ToDateOnly();
        }, iter: 2000);
    }

    private static bool Changes(DateTimeZone zone, DateOnly date)
    {
        var day = LocalDate.FromDateOnly(date);
        return zone.AtStartOfDay(day).ToInstant() is var from
            && zone.GetZoneIntervals(from - Duration.FromTicks(1), zone.AtStartOfDay(day.PlusDays(1)).ToInstant()).Skip(1).Any();
    }

    private static string Short(ClockMove move) =>
        string.Create(CultureInfo.InvariantCulture, $"{move.Date:yyyy-MM-dd} week {move.Week} {move.MinutesLater:+0;-0}");

    private static WeeklyGroup Group(string? zone, int slot, int meetings, params string[] members) => new(
        new LocalDate(2027, 1, 11), zone is null ? null : DateTimeZoneProviders.Tzdb[zone], slot, meetings,
        [.. members.Select((m, i) => (new UserId(i), DateTimeZoneProviders.Tzdb[m]))]);
}
