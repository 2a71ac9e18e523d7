using Cohorts.Features.ImportCohort;
using Cohorts.Scheduling;
using CsCheck;
using NodaTime;

namespace Cohorts.Tests.Features.ImportCohort;

/// <summary>
/// Cases: a plain zone; a zone ahead of UTC that carries Monday into Sunday; a half-hour offset; a start in the middle of the week; into the
/// skipped hour, out of it, within it; at the hour that comes twice; over the week's end; the whole week.
/// </summary>
public sealed class LocalHoursTests
{
    private static readonly IDateTimeZoneProvider Tzdb = DateTimeZoneProviders.Tzdb;

    /// <summary>Berlin's clocks go forward on Sunday 28 March 2027 at 02:00, and back on Sunday 31 October at 03:00.</summary>
    private static readonly LocalDate WeekOfSpring = new(2027, 3, 22);

    private static readonly LocalDate WeekOfAutumn = new(2027, 10, 25);

    private static readonly Gen<DateTimeZone> Zones = Gen.Int[0, Tzdb.Ids.Count - 1].Select(i => Tzdb[Tzdb.Ids[i]]);
    private static readonly Gen<LocalDate> Days = Gen.Int[0, 40 * 365].Select(d => new LocalDate(2000, 1, 1).PlusDays(d));
    private static readonly Gen<WeekInterval> Stretches =
        Gen.Select(Gen.Int[0, WeekInterval.MinutesPerWeek - 1], Gen.Int[1, WeekInterval.MinutesPerWeek], (s, l) => new WeekInterval(s, l));

    [Theory]
    [InlineData("Europe/Berlin", "M18:00 M20:30", "M17:00 M19:30")]
    [InlineData("Asia/Tokyo", "M08:00 M10:00", "U23:00 M01:00")]
    [InlineData("Asia/Kolkata", "T09:00 T10:00", "T03:30 T04:30")]
    [InlineData("America/Los_Angeles", "U22:00 M01:00", "M06:00 M09:00")]
    [InlineData("Pacific/Auckland", "M00:00 M00:00", "M00:00 M00:00")]
    public void Local_hours_become_UTC_at_the_offset_of_the_first_week(string zone, string local, string utc) =>
        Assert.Equal(utc, ToUtc(zone, local, Files.Monday));

    [Theory]
    [InlineData("S12:00 S13:00", "S11:00 S12:00")]
    [InlineData("U12:00 U13:00", "U10:00 U11:00")]
    [InlineData("U01:00 U04:00", "U00:00 U02:00")]
    [InlineData("U01:00 U02:30", "U00:00 U01:00")]
    [InlineData("U02:30 U04:00", "U01:00 U02:00")]
    [InlineData("U02:00 U03:00", "U01:00 U02:00")]
    [InlineData("U02:15 U02:45", "U01:00 U01:30")]
    public void A_time_that_the_clocks_skip_moves_to_the_first_after_it(string local, string utc) =>
        Assert.Equal(utc, ToUtc("Europe/Berlin", local, WeekOfSpring));

    [Theory]
    [InlineData("U02:30 U03:30", "U00:30 U02:30")]
    [InlineData("U01:00 U02:30", "S23:00 U00:30")]
    public void Of_a_time_that_comes_twice_the_earlier_is_meant(string local, string utc) =>
        Assert.Equal(utc, ToUtc("Europe/Berlin", local, WeekOfAutumn));

    [Fact]
    public void A_week_that_starts_on_Thursday_takes_Monday_from_the_next_week()
    {
        // Thursday 25 March 2027: the next Monday is after the change of the clocks, the Friday before it.
        var thursday = new LocalDate(2027, 3, 25);

        Assert.Equal(("M10:00 M11:00", "F11:00 F12:00"), (ToUtc("Europe/Berlin", "M12:00 M13:00", thursday), ToUtc("Europe/Berlin", "F12:00 F13:00", thursday)));
    }

    [Fact]
    public void Where_no_clock_changes_nearby_the_way_back_gives_the_same_hours() => Gen.Select(Stretches, Zones, Days).Sample((stretch, zone, day) =>
    {
        var from = day.PlusDays(-1).AtMidnight().InUtc().ToInstant();
        if (zone.GetZoneIntervals(from, from + Duration.FromDays(18)).Skip(1).Any())
            return true;
        return LocalHours.ToLocal(LocalHours.ToUtc(stretch, zone, day), zone, day) == stretch;
    });

    [Fact]
    public void In_UTC_nothing_changes() => Gen.Select(Stretches, Days).Sample((stretch, day) => LocalHours.ToUtc(stretch, DateTimeZone.Utc, day) == stretch);

    [Fact]
    public void Whatever_the_clocks_do_a_stretch_stays_one_of_the_week_and_starts_at_the_moment_that_was_meant() =>
        Gen.Select(Stretches, Zones, Days).Sample((stretch, zone, day) =>
        {
            var utc = LocalHours.ToUtc(stretch, zone, day);
            if (utc.Start is < 0 or >= WeekInterval.MinutesPerWeek || utc.Length is < 1 or > WeekInterval.MinutesPerWeek)
                return false;
            if (stretch.Length == WeekInterval.MinutesPerWeek)
                return utc == stretch;

            // Found another way: every moment of the first nine days is looked at until one shows the stretch's day and time.
            var weekday = (IsoDayOfWeek)(stretch.Start / WeekInterval.MinutesPerDay + 1);
            var date = Enumerable.Range(0, 7).Select(day.PlusDays).Single(d => d.DayOfWeek == weekday);
            var wanted = date.AtMidnight().PlusMinutes(stretch.Start % WeekInterval.MinutesPerDay);
            var mapping = zone.MapLocal(wanted);
            var moment = mapping.Count == 0 ? mapping.EarlyInterval.End : mapping.First().ToInstant();
            var expected = moment.InUtc();
            return utc.Start == ((int)expected.DayOfWeek - 1) * WeekInterval.MinutesPerDay + expected.Hour * 60 + expected.Minute;
        });

    [Fact]
    public void The_length_changes_by_no_more_than_the_clocks_do() => Gen.Select(Stretches, Zones, Days).Sample((stretch, zone, day) =>
    {
        var from = day.PlusDays(-1).AtMidnight().InUtc().ToInstant();
        var offsets = zone.GetZoneIntervals(from, from + Duration.FromDays(18)).Select(i => i.WallOffset.Seconds / 60).ToList();
        return Math.Abs(LocalHours.ToUtc(stretch, zone, day).Length - stretch.Length) <= offsets.Max() - offsets.Min();
    });

    [Fact]
    public void Night_is_counted_as_minute_for_minute_it_is() => Stretches.Sample(stretch =>
        LocalHours.NightMinutes(stretch) == Enumerable.Range(stretch.Start, stretch.Length).Count(m => m % WeekInterval.MinutesPerDay / 60 is 23 or < 7));

    private static string ToUtc(string zone, string local, LocalDate firstDay)
    {
        Assert.True(WeekInterval.TryParseList(local, out var intervals, out var problem), problem);
        return LocalHours.ToUtc(Assert.Single(intervals), Tzdb[zone], firstDay).ToString();
    }
}
