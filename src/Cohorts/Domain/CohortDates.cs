using NodaTime;

namespace Cohorts.Domain;

/// <summary>
/// The stretch of time in which a cohort still meets: only meetings within it take hours from its people, and only groups that meet within
/// it count for whoever leads them.
/// </summary>
/// <param name="From">The start of the cohort, or now where that is later.</param>
/// <param name="To">The end of its last week, exclusive.</param>
/// <param name="Start">The first day of the cohort.</param>
/// <param name="Zone">Whose clocks its weekly times follow; null: UTC.</param>
public sealed record CohortDates(Instant From, Instant To, LocalDate Start, DateTimeZone? Zone)
{
    /// <summary>As many as an import takes; a database that was taken over may hold any number.</summary>
    private const int MostMeetings = 200;

    /// <summary>Of a cohort that is wholly over all its weeks count: it is planned as if it were still to come.</summary>
    public static CohortDates Of(LocalDate start, DateTimeZone? zone, int meetings, Instant now)
    {
        var clocks = zone ?? DateTimeZone.Utc;
        var from = start.AtStartOfDayInZone(clocks).ToInstant();
        var to = start.PlusWeeks(Math.Clamp(meetings, 0, MostMeetings)).AtStartOfDayInZone(clocks).ToInstant();
        return new CohortDates(now > from && now < to ? now : from, to, start, zone);
    }

    /// <summary>
    /// The weekly slot of this cohort that a meeting of another one falls on: minute of the week in UTC as the cohort's first week has it,
    /// and length in minutes. What lies outside of the cohort's dates is left out.
    /// </summary>
    /// <returns>Null where nothing of the meeting lies within the dates.</returns>
    public (int StartMinute, int LengthMinutes)? SlotTakenBy(Instant starts, Instant ends)
    {
        var start = Instant.Max(starts, From);
        var length = (int)(Instant.Min(ends, To) - start).TotalMinutes;
        if (length <= 0)
            return null;
        var first = Start.AtStartOfDayInZone(Zone ?? DateTimeZone.Utc).ToInstant();
        var slot = Slot(start, first);
        // Clocks may change within the first week: what counts is the offset at the slot's own first time.
        slot = Slot(start, MeetingCalendar.FirstMeeting(Start, Zone, slot));
        return (slot, Math.Min(length, 10080));
    }

    private int Slot(Instant meeting, Instant first)
    {
        var ahead = Zone is null ? Duration.Zero : Duration.FromSeconds(Zone.GetUtcOffset(meeting).Seconds - Zone.GetUtcOffset(first).Seconds);
        var utc = (meeting + ahead).InUtc();
        return ((int)utc.DayOfWeek - 1) * 1440 + utc.Hour * 60 + utc.Minute;
    }
}
