using Cohorts.Domain;
using NodaTime;

namespace Cohorts.Tests.Domain;

/// <summary>
/// All meetings of a group over clock changes. Cases: none; forward and back within the weeks; a local time that is skipped, by an hour and by
/// half an hour; one that comes twice; the first meeting itself the later of two; leap day; the turn of the year; Sunday night.
/// </summary>
public sealed class WeeklyMeetingsTests
{
    private static readonly LocalDate From = new(2027, 1, 1);
    private const int StartDates = 731;
    private const int Weeks = 9;

    /// <summary>Offsets are looked at on this grid; every zone's offsets and changes lie on it.</summary>
    private const int GridMinutes = 15;

    private static readonly bool Long = Environment.GetEnvironmentVariable("COHORTS_TEST_LONG") == "1";

    [Theory]
    [InlineData(null, "2027-03-22", 2 * 1440 + 900, "2027-03-24T15:00Z 2027-03-31T15:00Z 2027-04-07T15:00Z")]
    [InlineData("Europe/Berlin", "2027-03-22", 2 * 1440 + 900, "2027-03-24T15:00Z 2027-03-31T14:00Z 2027-04-07T14:00Z")]
    [InlineData("Europe/Berlin", "2027-10-25", 2 * 1440 + 900, "2027-10-27T15:00Z 2027-11-03T16:00Z 2027-11-10T16:00Z")]
    // Sunday 02:30 is skipped on 28 March: that week it is 03:30.
    [InlineData("Europe/Berlin", "2027-03-15", 6 * 1440 + 90, "2027-03-21T01:30Z 2027-03-28T01:30Z 2027-04-04T00:30Z")]
    // Sunday 02:30 comes twice on 31 October: the earlier is meant.
    [InlineData("Europe/Berlin", "2027-10-18", 6 * 1440 + 30, "2027-10-24T00:30Z 2027-10-31T00:30Z 2027-11-07T01:30Z")]
    // The slot names the later of the two as the first meeting, and so it is.
    [InlineData("Europe/Berlin", "2027-10-31", 6 * 1440 + 90, "2027-10-31T01:30Z 2027-11-07T01:30Z 2027-11-14T01:30Z")]
    // Lord Howe's clocks go half an hour: Sunday 02:15 is skipped on 3 October and becomes 02:45.
    [InlineData("Australia/Lord_Howe", "2027-09-20", 5 * 1440 + 945, "2027-09-25T15:45Z 2027-10-02T15:45Z 2027-10-09T15:15Z")]
    // The end of February, in a common and in a leap year, and the turn of the year.
    [InlineData("America/New_York", "2027-02-22", 6 * 1440 + 1410, "2027-02-28T23:30Z 2027-03-07T23:30Z 2027-03-14T22:30Z")]
    [InlineData("Asia/Tokyo", "2028-02-22", 1 * 1440, "2028-02-22T00:00Z 2028-02-29T00:00Z 2028-03-07T00:00Z")]
    [InlineData("Europe/London", "2027-12-20", 4 * 1440 + 1425, "2027-12-24T23:45Z 2027-12-31T23:45Z 2028-01-07T23:45Z")]
    // Sunday night in UTC is Monday morning in Berlin, the first day of the start week.
    [InlineData("Europe/Berlin", "2027-03-22", 6 * 1440 + 1410, "2027-03-21T23:30Z 2027-03-28T22:30Z 2027-04-04T22:30Z")]
    public void The_local_time_of_the_first_meeting_is_kept(string? zone, string start, int slot, string expected) => Assert.Equal(
        expected,
        string.Join(' ', MeetingCalendar.Meetings(Date(start), zone is null ? null : DateTimeZoneProviders.Tzdb[zone], slot, 3)
            .Select(m => m.ToString("uuuu-MM-dd'T'HH:mm'Z'", null))));

    [Fact]
    public void Of_none_there_are_none() => Assert.Empty(MeetingCalendar.Meetings(From, null, 0, 0));

    [Fact]
    public void Over_two_years_of_start_dates_and_all_zones_they_agree_with_a_search_through_the_offsets()
    {
        var zones = ZonesInUse();
        Assert.True(zones.Count > 330, $"{zones.Count} zones");
        var series = 0;
        foreach (var zone in zones)
        {
            var clock = new Clock(m => zone.GetUtcOffset(Instant.FromUnixTimeSeconds(60L * m)).Seconds / 60);
            series += AssertAgrees(zone, clock);
        }

        Assert.True(series > zones.Count * StartDates);
    }

    /// <summary>The same with the operating system's clocks, which know nothing of NodaTime; where one knows a newer law than the other, the other zones suffice.</summary>
    [Fact]
    public void They_agree_with_the_clocks_of_the_operating_system()
    {
        var compared = 0;
        foreach (var zone in ZonesInUse().Where((_, i) => Long || i % 8 == 0))
        {
            if (!TimeZoneInfo.TryFindSystemTimeZoneById(zone.Id, out var system))
                continue;
            var clock = new Clock(m => (int)system.GetUtcOffset(DateTime.UnixEpoch.AddMinutes(m)).TotalMinutes);
            var noda = new Clock(m => zone.GetUtcOffset(Instant.FromUnixTimeSeconds(60L * m)).Seconds / 60);
            if (!clock.SameAs(noda))
                continue;
            AssertAgrees(zone, clock);
            compared++;
        }

        Assert.True(compared > (Long ? 300 : 30) || !Directory.Exists("/usr/share/zoneinfo"), $"Only {compared} zones could be compared.");
    }

    /// <summary>By the law as it is written, without any time zone data: last Sundays in the Union, second and first in the United States.</summary>
    [Theory]
    [InlineData("Europe/Berlin", 60, 3, 10, 60, 60)]
    [InlineData("Europe/London", 0, 3, 10, 60, 60)]
    [InlineData("America/New_York", -300, 3, 11, 420, 360)]
    public void They_agree_with_the_law(string zone, int standard, int spring, int autumn, int springAt, int autumnAt)
    {
        var law = new Clock(minute =>
        {
            var utc = DateTime.UnixEpoch.AddMinutes(minute);
            var begin = Sunday(utc.Year, spring).AddMinutes(springAt);
            var end = Sunday(utc.Year, autumn).AddMinutes(autumnAt);
            return standard + (utc >= begin && utc < end ? 60 : 0);
        });
        AssertAgrees(DateTimeZoneProviders.Tzdb[zone], law);

        DateTime Sunday(int year, int month)
        {
            var america = standard < 0;
            var day = america ? new DateTime(year, month, 1) : new DateTime(year, month, DateTime.DaysInMonth(year, month));
            while (day.DayOfWeek != DayOfWeek.Sunday)
                day = day.AddDays(america ? 1 : -1);
            return day.AddDays(america && month == 3 ? 7 : 0);
        }
    }

    private static int AssertAgrees(DateTimeZone zone, Clock clock)
    {
        var series = 0;
        for (var day = 0; day < StartDates; day++)
        {
            var start = From.PlusDays(day);
            // Another slot each day; over the days all of them.
            Assert(start, day * 101 % 336 * 30);
            // And those whose local time the next change skips or repeats, a fortnight before it.
            if (day % 7 == 0)
            {
                foreach (var change in clock.Changes(start.PlusDays(14), start.PlusDays(21)))
                {
                    for (var near = change - 120; near <= change + 120; near += 30)
                        Assert(start, Mod(near + 3 * 1440, 10080));
                }
            }
        }

        return series;

        void Assert(LocalDate start, int slot)
        {
            var meetings = MeetingCalendar.Meetings(start, zone, slot, Weeks);
            var expected = clock.Meetings(start, slot, Weeks);
            for (var i = 0; i < Weeks; i++)
            {
                if (meetings[i] != Instant.FromUnixTimeSeconds(60L * expected[i]))
                    Xunit.Assert.Fail($"{zone.Id}, start {start}, slot {slot}, meeting {i + 1}: {meetings[i]}, expected {Instant.FromUnixTimeSeconds(60L * expected[i])}");
            }

            series++;
        }
    }

    private static List<DateTimeZone> ZonesInUse() =>
    [
        .. NodaTime.TimeZones.TzdbDateTimeZoneSource.Default.CanonicalIdMap.Values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)
            .Select(id => DateTimeZoneProviders.Tzdb[id]),
    ];

    private static LocalDate Date(string text) => NodaTime.Text.LocalDatePattern.Iso.Parse(text).Value;

    private static int Mod(int a, int b) => (a % b + b) % b;

    /// <summary>
    /// A clock by its offset at each moment and nothing else: what local time it shows is looked up moment by moment.
    /// </summary>
    private sealed class Clock
    {
        private static readonly int Begin = Minute(new LocalDate(2026, 12, 1));
        private static readonly int End = Minute(new LocalDate(2029, 5, 1));

        private readonly short[] _offsets = new short[(End - Begin) / GridMinutes];

        public Clock(Func<int, int> offsetAt)
        {
            for (var i = 0; i < _offsets.Length; i++)
                _offsets[i] = (short)offsetAt(Begin + i * GridMinutes);
        }

        public bool SameAs(Clock other) => _offsets.AsSpan().SequenceEqual(other._offsets);

        public IEnumerable<int> Changes(LocalDate from, LocalDate to)
        {
            for (var i = Index(Minute(from)); i < Index(Minute(to)); i++)
            {
                if (_offsets[i] != _offsets[i - 1])
                    yield return Begin + i * GridMinutes;
            }
        }

        /// <summary>In minutes since 1970.</summary>
        public int[] Meetings(LocalDate start, int slot, int weeks)
        {
            // The day begins with the first moment that the clock shows on that date.
            var midnight = Minute(start);
            var first = Moments(midnight - 15 * 60, midnight + 15 * 60).First(m => m + Offset(m) >= midnight);
            // 1 January 1970 was a Thursday.
            while (Mod(first + 3 * 1440, 10080) != slot)
                first += GridMinutes;
            var meetings = new int[weeks];
            for (var week = 0; week < weeks; week++)
                meetings[week] = week == 0 ? first : Showing(first + Offset(first) + week * 10080);
            return meetings;
        }

        /// <summary>The first moment at which the clock shows this; if it never does, the moment at which it would have without the change.</summary>
        private int Showing(int local)
        {
            foreach (var moment in Moments(local - 15 * 60, local + 15 * 60))
            {
                if (moment + Offset(moment) == local)
                    return moment;
            }

            var after = Moments(local - 15 * 60, local + 15 * 60).First(m => m + Offset(m) > local);
            return local - Offset(after - GridMinutes);
        }

        private static IEnumerable<int> Moments(int from, int to)
        {
            for (var m = from - Mod(from, GridMinutes); m <= to; m += GridMinutes)
                yield return m;
        }

        private int Offset(int minute) => _offsets[Index(minute)];

        private static int Index(int minute) => (minute - Begin) / GridMinutes;

        private static int Minute(LocalDate date) => Period.DaysBetween(new LocalDate(1970, 1, 1), date) * 1440;
    }
}
