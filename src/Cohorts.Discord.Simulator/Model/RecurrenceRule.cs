namespace Cohorts.Discord.Simulator.Model;

/// <summary>Discord's frequencies by their number.</summary>
internal enum Frequency
{
    Yearly = 0,
    Monthly = 1,
    Weekly = 2,
    Daily = 3,
}

/// <summary>When an event takes place again, in the part of iCalendar that Discord has. In UTC, so that the hour in a zone moves with its clock changes.</summary>
internal sealed record RecurrenceRule
{
    public required DateTimeOffset Start { get; init; }
    public required Frequency Frequency { get; init; }

    /// <summary>1, or 2 for every other week.</summary>
    public required int Interval { get; init; }

    /// <summary>Monday is 0. Of a daily rule the days it is kept to; none are all.</summary>
    public IReadOnlyList<int> Weekdays { get; init; } = [];

    /// <summary>Of a monthly rule: the nth such weekday, 1 to 5. A month without a fifth is passed over.</summary>
    public (int N, int Day)? NthWeekday { get; init; }

    /// <summary>Of a yearly rule. February 29 is passed over where there is none.</summary>
    public (int Month, int Day)? Date { get; init; }

    /// <summary>The first time after this one.</summary>
    /// <param name="time">A time at which the event takes place, and so its time of day.</param>
    public DateTimeOffset After(DateTimeOffset time) => Frequency switch
    {
        Frequency.Daily => NextDay(time, day => Weekdays.Count == 0 || Weekdays.Contains(Weekday(day))),
        Frequency.Weekly => time.AddDays(7 * Interval),
        Frequency.Monthly => NextDay(time, day => NthWeekday is var (n, weekday) && Weekday(day) == weekday && (day.Day - 1) / 7 == n - 1),
        _ => NextDay(time, day => Date is var (month, date) && day.Month == month && day.Day == date),
    };

    private static int Weekday(DateTimeOffset day) => ((int)day.DayOfWeek + 6) % 7;

    /// <summary>A leap day is at most eight years from the next.</summary>
    private static DateTimeOffset NextDay(DateTimeOffset after, Func<DateTimeOffset, bool> isOne)
    {
        const int mostDays = (8 * 366) + 1;
        for (var days = 1; days <= mostDays; days++)
        {
            if (isOne(after.AddDays(days)))
            {
                return after.AddDays(days);
            }
        }

        throw new InvalidOperationException($"No day within {mostDays} days after {after:O} is one of the rule's.");
    }
}
