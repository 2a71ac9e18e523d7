using NodaTime;
using NodaTime.TimeZones;

namespace Cohorts.Domain;

/// <summary>When a group's weekly slot falls on the calendar.</summary>
public static class MeetingCalendar
{
    /// <summary>
    /// A local time that the clocks skip moves forward by the gap, so that a meeting at 02:30 is at 03:30 that week; of one that comes twice
    /// the earlier is meant.
    /// </summary>
    private static readonly ZoneLocalMappingResolver Weekly =
        Resolvers.CreateMappingResolver(Resolvers.ReturnEarlier, Resolvers.ReturnForwardShifted);

    /// <summary>
    /// All weekly meetings, the first one first. With a zone its local time of the first meeting is kept over clock changes; without one the
    /// time in UTC is.
    /// </summary>
    /// <param name="startMinute">Minute of the week, UTC, 0 to 10079; Monday 00:00 is 0. Names the first meeting only.</param>
    /// <param name="count">How many, 0 or more.</param>
    public static IReadOnlyList<Instant> Meetings(LocalDate startDate, DateTimeZone? zone, int startMinute, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        var first = FirstMeeting(startDate, zone, startMinute);
        var local = first.InZone(zone ?? DateTimeZone.Utc).LocalDateTime;
        // The first meeting is what the slot in UTC says, even where its local time comes twice and this is the later of the two.
        return
        [
            .. Enumerable.Range(0, count).Select(week =>
                week == 0 ? first
                : zone is null ? first + Duration.FromDays(7 * week)
                : zone.ResolveLocal(local.PlusWeeks(week), Weekly).ToInstant()),
        ];
    }

    /// <summary>
    /// The first occurrence of the slot at or after 00:00 of the start date in the cohort's zone (UTC without one). A week that starts on
    /// Monday local may start on Sunday UTC.
    /// </summary>
    /// <param name="startMinute">Minute of the week, UTC, 0 to 10079; Monday 00:00 is 0.</param>
    public static Instant FirstMeeting(LocalDate startDate, DateTimeZone? zone, int startMinute)
    {
        var earliest = startDate.AtStartOfDayInZone(zone ?? DateTimeZone.Utc).ToInstant();
        var utc = earliest.InUtc();
        var minuteOfWeek = ((int)utc.DayOfWeek - 1) * 1440 + utc.Hour * 60 + utc.Minute;
        // A zone with an offset of odd seconds (before standard time) has no place in a future cohort: whole minutes are enough.
        var wait = (startMinute - minuteOfWeek + 10080) % 10080;
        return earliest + Duration.FromMinutes(wait);
    }
}
