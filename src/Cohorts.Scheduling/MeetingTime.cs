namespace Cohorts.Scheduling;

/// <summary>A weekly time in words, in UTC.</summary>
public static class MeetingTime
{
    /// <summary>
    /// <c>Wednesday 15:00-16:00</c>, the form in which the original system keeps it. The end is a time of day only: after
    /// midnight it starts again at 00:00.
    /// </summary>
    /// <param name="startMinute">Minute of the week, 0 (Monday 00:00) to 10079.</param>
    /// <param name="lengthMinutes">1 to 10080.</param>
    public static string Text(int startMinute, int lengthMinutes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(startMinute);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(startMinute, WeekInterval.MinutesPerWeek);
        ArgumentOutOfRangeException.ThrowIfLessThan(lengthMinutes, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(lengthMinutes, WeekInterval.MinutesPerWeek);
        var day = (DayOfWeek)((startMinute / WeekInterval.MinutesPerDay + 1) % 7);
        return $"{day} {TimeOfDay(startMinute)}-{TimeOfDay(startMinute + lengthMinutes)}";
    }

    private static string TimeOfDay(int minute) =>
        $"{minute % WeekInterval.MinutesPerDay / 60:00}:{minute % 60:00}";
}
