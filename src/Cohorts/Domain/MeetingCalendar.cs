using NodaTime;

namespace Cohorts.Domain;

/// <summary>When a group's weekly slot falls on the calendar.</summary>
public static class MeetingCalendar
{
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
