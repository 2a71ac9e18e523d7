namespace Cohorts.Scheduling;

/// <summary>
/// The minutes of the weekly circle at which a person is free, as disjoint intervals that do not touch, ascending by start.
/// Sunday night runs on into Monday: only the last interval may cross the week's end.
/// </summary>
public sealed class Availability : IEquatable<Availability>
{
    public static readonly Availability None = new([]);

    private readonly WeekInterval[] _intervals;

    private Availability(WeekInterval[] intervals) => _intervals = intervals;

    public IReadOnlyList<WeekInterval> Intervals => _intervals;

    public bool IsEmpty => _intervals.Length == 0;

    /// <summary>Free minutes in the week, 0 to 10080.</summary>
    public int TotalMinutes => _intervals.Sum(i => i.Length);

    /// <summary>The union of intervals in any order; touching and overlapping ones become one.</summary>
    public static Availability From(IEnumerable<WeekInterval> intervals)
    {
        var held = new bool[WeekInterval.MinutesPerWeek];
        foreach (var interval in intervals)
        {
            for (var m = 0; m < Math.Min(interval.Length, WeekInterval.MinutesPerWeek); m++)
                held[(interval.Start + m) % WeekInterval.MinutesPerWeek] = true;
        }

        return FromMinutes(held);
    }

    /// <inheritdoc cref="WeekInterval.TryParseList"/>
    public static bool TryParse(string? text, out Availability availability, out string? problem)
    {
        var readable = WeekInterval.TryParseList(text, out var intervals, out problem);
        availability = readable ? From(intervals) : None;
        return readable;
    }

    public Availability Union(Availability other) => From(_intervals.Concat(other._intervals));

    /// <summary>What is left when the minutes of <paramref name="busy"/> are taken away.</summary>
    public Availability Except(Availability busy)
    {
        var held = Minutes();
        foreach (var interval in busy._intervals)
        {
            for (var m = 0; m < interval.Length; m++)
                held[(interval.Start + m) % WeekInterval.MinutesPerWeek] = false;
        }

        return FromMinutes(held);
    }

    /// <summary>Whether the whole stretch is free, over the week's end where it crosses it.</summary>
    public bool Contains(WeekInterval meeting) => _intervals.Any(i =>
        i.Length == WeekInterval.MinutesPerWeek
        || ((meeting.Start - i.Start + WeekInterval.MinutesPerWeek) % WeekInterval.MinutesPerWeek) + meeting.Length <= i.Length);

    /// <summary>The starts on the 30-minute grid at which a meeting of <paramref name="lengthMinutes"/> (1 or more) fits wholly.</summary>
    public SlotSet Starts(int lengthMinutes)
    {
        var starts = default(SlotSet);
        for (var slot = 0; slot < SlotSet.SlotsPerWeek; slot++)
        {
            if (Contains(new WeekInterval(slot * SlotSet.MinutesPerSlot, lengthMinutes)))
                starts.Add(slot);
        }

        return starts;
    }

    /// <summary>The notation of the original system; reading it gives this availability again.</summary>
    public override string ToString() => string.Join(", ", _intervals);

    public bool Equals(Availability? other) => other is not null && _intervals.AsSpan().SequenceEqual(other._intervals);

    public override bool Equals(object? obj) => Equals(obj as Availability);

    public override int GetHashCode() => _intervals.Aggregate(0, HashCode.Combine);

    private bool[] Minutes()
    {
        var held = new bool[WeekInterval.MinutesPerWeek];
        foreach (var interval in _intervals)
        {
            for (var m = 0; m < interval.Length; m++)
                held[(interval.Start + m) % WeekInterval.MinutesPerWeek] = true;
        }

        return held;
    }

    private static Availability FromMinutes(bool[] held)
    {
        var intervals = new List<WeekInterval>();
        for (var start = 0; start < held.Length; start++)
        {
            if (!held[start] || (start > 0 ? held[start - 1] : held[^1]))
                continue;
            var length = 1;
            while (held[(start + length) % held.Length])
                length++;
            intervals.Add(new WeekInterval(start, length));
        }

        if (intervals.Count == 0 && held[0])
            intervals.Add(new WeekInterval(0, WeekInterval.MinutesPerWeek));
        return intervals.Count == 0 ? None : new Availability([.. intervals]);
    }
}
