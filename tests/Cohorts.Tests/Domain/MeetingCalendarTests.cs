using Cohorts.Domain;
using CsCheck;
using NodaTime;

namespace Cohorts.Tests.Domain;

public sealed class MeetingCalendarTests
{
    [Theory]
    // Monday 11 January 2027; the slot is Monday 18:00, Sunday 23:30, Monday 00:00 UTC.
    [InlineData("UTC", 1080, "2027-01-11T18:00")]
    [InlineData("UTC", 10050, "2027-01-17T23:30")]
    [InlineData("UTC", 0, "2027-01-11T00:00")]
    // Berlin's Monday begins on Sunday at 23:00 UTC.
    [InlineData("Europe/Berlin", 10050, "2027-01-10T23:30")]
    [InlineData("Europe/Berlin", 10020, "2027-01-10T23:00")]
    [InlineData("Europe/Berlin", 9990, "2027-01-17T22:30")]
    // Honolulu's begins on Monday at 10:00 UTC.
    [InlineData("Pacific/Honolulu", 570, "2027-01-18T09:30")]
    [InlineData("Pacific/Honolulu", 600, "2027-01-11T10:00")]
    public void The_first_meeting_is_the_first_occurrence_of_the_slot_on_or_after_the_start_in_the_cohorts_zone(
        string zone, int slot, string expected)
    {
        var first = MeetingCalendar.FirstMeeting(new LocalDate(2027, 1, 11), DateTimeZoneProviders.Tzdb[zone], slot);

        Assert.Equal(expected, first.InUtc().LocalDateTime.ToString("uuuu-MM-dd'T'HH:mm", null));
    }

    [Fact]
    public void For_every_zone_date_and_slot_it_lies_in_the_week_that_the_start_begins()
    {
        var ids = DateTimeZoneProviders.Tzdb.Ids;
        Gen.Select(Gen.Int[0, ids.Count - 1].Select(i => ids[i]), Gen.Int[0, 1500], Gen.Int[0, 335]).Sample((id, day, slot) =>
        {
            var zone = DateTimeZoneProviders.Tzdb[id];
            var start = new LocalDate(2025, 1, 1).PlusDays(day);

            var first = MeetingCalendar.FirstMeeting(start, zone, slot * 30);

            var begin = zone.AtStartOfDay(start).ToInstant();
            var utc = first.InUtc();
            Assert.InRange(first, begin, begin + Duration.FromDays(7) - Duration.FromSeconds(1));
            Assert.Equal(slot * 30, ((int)utc.DayOfWeek - 1) * 1440 + utc.Hour * 60 + utc.Minute);
        });
    }
}
