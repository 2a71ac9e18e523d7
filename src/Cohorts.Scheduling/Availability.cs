namespace Cohorts.Scheduling;

/// <summary>
/// The minutes of the weekly circle at which a person is free, as disjoint intervals that do not touch, ascending by start.
/// Sunday night runs on into Monday: only the last interval may cross the week's end.
/// </summary>
public sealed class Availability : IEquatable<Availability>
{
    public static readonly Availability None = new([]);

    private static readonly Comparison<Stretch> ByStart = (one, other) => one.Start.CompareTo(other.Start);

    private readonly WeekInterval[] _intervals;

    private Availability(WeekInterval[] intervals) => _intervals = intervals;

    public IReadOnlyList<WeekInterval> Intervals => _intervals;

    public bool IsEmpty => _intervals.Length == 0;

    /// <summary>Free minutes in the week, 0 to 10080.</summary>
    public int TotalMinutes => _intervals.Sum(i => i.Length);

    /// <summary>The union of intervals in any order; touching and overlapping ones become one.</summary>
    public static Availability From(IEnumerable<WeekInterval> intervals) => FromStretches(Stretches(intervals));

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
        if (IsEmpty || busy.IsEmpty)
            return this;
        var left = new List<Stretch>();
        var taken = Stretches(busy._intervals);
        taken.Sort(ByStart);
        foreach (var stretch in Stretches(_intervals))
        {
            var start = stretch.Start;
            foreach (var gone in taken)
            {
                if (gone.Start > start && start < stretch.End)
                    left.Add(new Stretch(start, Math.Min(gone.Start, stretch.End)));
                start = Math.Max(start, gone.End);
            }

            if (start < stretch.End)
                left.Add(stretch with { Start = start });
        }

        return FromStretches(left);
    }

    /// <summary>Whether the whole stretch is free, over the week's end where it crosses it.</summary>
    public bool Contains(WeekInterval meeting) => _intervals.Any(i =>
        i.Length == WeekInterval.MinutesPerWeek
        || ((meeting.Start - i.Start + WeekInterval.MinutesPerWeek) % WeekInterval.MinutesPerWeek) + meeting.Length <= i.Length);

    /// <summary>The starts on a grid at which a meeting of <paramref name="lengthMinutes"/> (1 or more) fits wholly.</summary>
    /// <param name="lengthMinutes">Of the meeting.</param>
    /// <param name="minutesPerSlot">Of the grid: <see cref="SlotSet.MinutesPerSlot"/> or <see cref="SlotSet.MinutesPerFineSlot"/>.</param>
    public SlotSet Starts(int lengthMinutes, int minutesPerSlot = SlotSet.MinutesPerSlot)
    {
        var slots = WeekInterval.MinutesPerWeek / minutesPerSlot;
        var starts = default(SlotSet);
        foreach (var interval in _intervals)
        {
            // All of the circle has no end that a meeting could run over.
            var last = interval.Length == WeekInterval.MinutesPerWeek
                ? WeekInterval.MinutesPerWeek - 1
                : interval.Start + interval.Length - lengthMinutes;
            var first = (interval.Start + minutesPerSlot - 1) / minutesPerSlot;
            for (var slot = first; slot * minutesPerSlot <= last; slot++)
                starts.Add(slot % slots);
        }

        return starts;
    }

    /// <summary>The notation of the original system; reading it gives this availability again.</summary>
    public override string ToString() => string.Join(", ", _intervals);

    public bool Equals(Availability? other) => other is not null && _intervals.AsSpan().SequenceEqual(other._intervals);

    public override bool Equals(object? obj) => Equals(obj as Availability);

    public override int GetHashCode() => _intervals.Aggregate(0, HashCode.Combine);

    private static List<Stretch> Stretches(IEnumerable<WeekInterval> intervals)
    {
        var stretches = new List<Stretch>();
        foreach (var interval in intervals)
        {
            var end = interval.Start + interval.Length;
            stretches.Add(new Stretch(interval.Start, Math.Min(end, WeekInterval.MinutesPerWeek)));
            if (end > WeekInterval.MinutesPerWeek)
                stretches.Add(new Stretch(0, end - WeekInterval.MinutesPerWeek));
        }

        return stretches;
    }

    private static Availability FromStretches(List<Stretch> stretches)
    {
        stretches.Sort(ByStart);
        var merged = new List<WeekInterval>();
        foreach (var (start, end) in stretches)
        {
            if (merged.Count > 0 && merged[^1] is var last && start <= last.Start + last.Length)
                merged[^1] = last with { Length = Math.Max(last.Length, end - last.Start) };
            else
                merged.Add(new WeekInterval(start, end - start));
        }

        if (merged.Count > 1 && merged[0].Start == 0 && merged[^1] is var sunday && sunday.Start + sunday.Length == WeekInterval.MinutesPerWeek)
        {
            merged[^1] = sunday with { Length = sunday.Length + merged[0].Length };
            merged.RemoveAt(0);
        }

        return merged.Count == 0 ? None : new Availability([.. merged]);
    }

    /// <summary>Minutes of one week that do not run over its end: 0 to 10080.</summary>
    private readonly record struct Stretch(int Start, int End);
}
