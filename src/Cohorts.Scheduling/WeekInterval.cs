using System.Globalization;
using System.Text;

namespace Cohorts.Scheduling;

/// <summary>
/// A stretch of the weekly circle: <paramref name="Start"/> is the minute of the week (0 to 10079, Monday 00:00 is 0),
/// <paramref name="Length"/> is 1 to 10080 minutes and may run over the week's end.
/// </summary>
public readonly record struct WeekInterval(int Start, int Length)
{
    public const int MinutesPerDay = 24 * 60;
    public const int MinutesPerWeek = 7 * MinutesPerDay;

    private const string DayLetters = "MTWRFSU";

    /// <summary>
    /// Reads <c>M16:00 M18:30, U23:00 M01:00</c>: day letter (M T W R F S U) and time, start then end, comma between intervals.
    /// <c>24:00</c> is the end of a day, and so is <c>00:00</c> on the start's own day (<c>M22:00 M00:00</c> is two hours); any other end
    /// before its start on the same day is a mistake, and the start itself (<c>M09:00 M09:00</c>) is the whole week. An end at or before
    /// its start on another day lies in the next week. Empty text is no interval.
    /// </summary>
    /// <param name="text">The notation of the original system; null reads as empty.</param>
    /// <param name="intervals">As written: neither sorted nor merged. Empty when the text cannot be read.</param>
    /// <param name="problem">What cannot be read and what was expected, as a sentence for the person who typed it.</param>
    public static bool TryParseList(string? text, out IReadOnlyList<WeekInterval> intervals, out string? problem)
    {
        var read = new List<WeekInterval>();
        foreach (var part in (text ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var ends = part.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (ends.Length != 2)
            {
                intervals = [];
                problem = $"\"{Shorten(part)}\" is not an interval: expected a start and an end such as \"M16:00 M18:30\"";
                return false;
            }

            if (!TryParsePoint(ends[0], out var start, out problem) || !TryParsePoint(ends[1], out var end, out problem))
            {
                intervals = [];
                return false;
            }

            if (ends[0][0] == ends[1][0] && end < start)
            {
                // Almost a whole week is what nobody means by it: one day too few was written, or a midnight.
                if (end % MinutesPerDay != 0 || start == end + MinutesPerDay)
                {
                    intervals = [];
                    problem = $"\"{Shorten(part)}\" ends before it starts: write the day on which it ends, such as \"M22:00 T02:00\"";
                    return false;
                }

                end += MinutesPerDay;
            }

            if (end <= start)
                end += MinutesPerWeek;
            if (end == start)
            {
                intervals = [];
                problem = $"\"{Shorten(part)}\" ends where it starts: write \"M00:00 M00:00\" for the whole week";
                return false;
            }

            read.Add(new WeekInterval(start % MinutesPerWeek, end - start));
        }

        intervals = read;
        problem = null;
        return true;
    }

    /// <summary>Whether the two share a minute, over the week's end too.</summary>
    public bool Overlaps(WeekInterval other) =>
        (other.Start - Start + MinutesPerWeek) % MinutesPerWeek < Length || (Start - other.Start + MinutesPerWeek) % MinutesPerWeek < other.Length;

    /// <summary>
    /// The notation that <see cref="TryParseList"/> reads, with midnight as <c>00:00</c>. What ends on the weekday of its start a week later
    /// has no text of its own: it is written as two intervals that touch at the first midnight.
    /// </summary>
    public override string ToString()
    {
        var end = (Start + Length) % MinutesPerWeek;
        var midnight = (Start / MinutesPerDay + 1) * MinutesPerDay % MinutesPerWeek;
        return end < Start && end / MinutesPerDay == Start / MinutesPerDay
            ? $"{Point(Start)} {Point(midnight)}, {Point(midnight)} {Point(end)}"
            : $"{Point(Start)} {Point(end)}";
    }

    private static string Point(int minute) =>
        $"{DayLetters[minute / MinutesPerDay]}{minute % MinutesPerDay / 60:00}:{minute % 60:00}";

    private static bool TryParsePoint(string token, out int minute, out string? problem)
    {
        minute = 0;
        problem = null;
        var day = DayLetters.IndexOf(token[0], StringComparison.Ordinal);
        if (day < 0)
        {
            problem = $"\"{Shorten(token)}\" does not begin with a day: M, T, W, R (Thursday), F, S or U (Sunday)";
            return false;
        }

        var colon = token.IndexOf(':', StringComparison.Ordinal);
        if (colon is 2 or 3 && token.Length == colon + 3
            && int.TryParse(token.AsSpan(1, colon - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var hours)
            && int.TryParse(token.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var minutes)
            && minutes < 60 && hours * 60 + minutes <= MinutesPerDay)
        {
            minute = day * MinutesPerDay + hours * 60 + minutes;
            return true;
        }

        problem = $"\"{Shorten(token)}\" is not a time from {token[0]}00:00 to {token[0]}24:00";
        return false;
    }

    /// <summary>What was typed, fit to be shown and stored: short, without half characters and without control characters.</summary>
    private static string Shorten(string text)
    {
        var shown = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            if (shown.Length >= 40)
                return shown.Append('…').ToString();
            shown.Append(Rune.IsControl(rune) ? Rune.ReplacementChar : rune);
        }

        return shown.ToString();
    }
}
