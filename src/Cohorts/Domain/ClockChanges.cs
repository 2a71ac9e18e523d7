using System.Globalization;
using NodaTime;

namespace Cohorts.Domain;

/// <summary>A group as far as its weekly times go.</summary>
/// <param name="Zone">Whose clocks the meetings follow; null where they keep to UTC.</param>
/// <param name="StartMinute">Minute of the week, UTC, 0 to 10079.</param>
/// <param name="Meetings">How many there are.</param>
/// <param name="Members">Those whose zone is known. Somebody may be in several groups.</param>
public sealed record WeeklyGroup(
    LocalDate StartDate, DateTimeZone? Zone, int StartMinute, int Meetings, IReadOnlyList<(UserId Id, DateTimeZone Zone)> Members)
{
    /// <summary>How many of the meetings were over before the group was formed: what clocks did until the one after them moves nothing.</summary>
    public int Over { get; init; }
}

/// <summary>A day from which meetings fall at another time of the day by the clocks of some members.</summary>
/// <param name="Date">When clocks change, by those clocks.</param>
/// <param name="Week">Number of the first meeting that is moved, from 2; of several groups the least.</param>
/// <param name="MinutesLater">By the members' own clocks; negative: earlier.</param>
/// <param name="Groups">In which at least one member is met by it.</param>
/// <param name="People">Members whom it meets.</param>
public sealed record ClockMove(DateOnly Date, int Week, int MinutesLater, int Groups, int People)
{
    /// <summary>"From 28 March on, 6 groups (41 people) meet an hour later by their own clocks."</summary>
    public override string ToString() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"From {Date:d MMMM} on, {Groups} {(Groups == 1 ? "group" : "groups")} ({People} {(People == 1 ? "person" : "people")}) ")
        + $"{(Groups == 1 ? "meets" : "meet")} {ClockChanges.Amount(MinutesLater)} by their own clocks.";
}

/// <summary>
/// What clock changes do to weekly meetings. A meeting kept in UTC moves for whoever's clocks change; one kept by a zone's clocks moves for
/// whoever's clocks change on another day, by another amount or not at all.
/// </summary>
public static class ClockChanges
{
    /// <summary>More lines than somebody reads beside what they came for.</summary>
    private const int LinesTold = 4;

    /// <summary>All moves within the groups' meetings, the next one first.</summary>
    public static IReadOnlyList<ClockMove> Of(IEnumerable<WeeklyGroup> groups) =>
    [
        .. groups
            .SelectMany((group, number) =>
            {
                var meetings = MeetingCalendar.Meetings(group.StartDate, group.Zone, group.StartMinute, group.Meetings);
                return group.Members.GroupBy(m => m.Zone, m => m.Id).SelectMany(people => Dated(meetings, group.Zone, people.Key).Where(move => move.Week > group.Over + 1).Select(move => (
                    Group: number,
                    move.Date,
                    move.Week,
                    move.MinutesLater,
                    People: people.ToList())));
            })
            .GroupBy(m => (m.Date, m.MinutesLater))
            .OrderBy(g => g.Key.Date).ThenBy(g => g.Key.MinutesLater)
            .Select(g => new ClockMove(
                g.Key.Date.ToDateOnly(), g.Min(m => m.Week), g.Key.MinutesLater, g.Select(m => m.Group).Distinct().Count(),
                g.SelectMany(m => m.People).Distinct().Count())),
    ];

    /// <summary>The meetings at another time of the day than the one before, by a zone's clocks.</summary>
    /// <param name="meetings">A week apart but for clock changes.</param>
    /// <returns>Each with its index from 1 and by how much it is later, in minutes; negative: earlier.</returns>
    public static IEnumerable<(int Meeting, int MinutesLater)> Of(IReadOnlyList<Instant> meetings, DateTimeZone zone)
    {
        for (var i = 1; i < meetings.Count; i++)
        {
            var ahead = (zone.GetUtcOffset(meetings[i]).Seconds - zone.GetUtcOffset(meetings[i - 1]).Seconds) / 60;
            var later = (int)(meetings[i] - meetings[i - 1] - Duration.FromDays(7)).TotalMinutes + ahead;
            if (later != 0)
                yield return (i, later);
        }
    }

    /// <summary>One sentence for each of the next moves, and how many more there are; empty when nothing moves.</summary>
    public static IReadOnlyList<string> Tell(IReadOnlyList<ClockMove> moves) =>
        moves.Count <= LinesTold
            ? [.. moves.Select(m => m.ToString())]
            : [.. moves.Take(LinesTold - 1).Select(m => m.ToString()), $"Clocks change on {moves.Count - LinesTold + 1} more occasions later."];

    /// <summary>"an hour later", "30 minutes earlier".</summary>
    public static string Amount(int minutesLater)
    {
        var (hours, minutes) = Math.DivRem(Math.Abs(minutesLater), 60);
        var amount = (hours, minutes) switch
        {
            (1, 0) => "an hour",
            (0, _) => $"{minutes} minutes",
            (_, 0) => $"{hours} hours",
            _ => $"{hours} h {minutes} min",
        };
        return amount + (minutesLater < 0 ? " earlier" : " later");
    }

    private static IEnumerable<(LocalDate Date, int Week, int MinutesLater)> Dated(
        IReadOnlyList<Instant> meetings, DateTimeZone? zone, DateTimeZone own)
    {
        var last = LocalDate.MinIsoValue;
        foreach (var (meeting, minutesLater) in Of(meetings, own))
        {
            var date = Day(own, zone, meetings[meeting - 1], meetings[meeting]);
            // Two moves of one member are never one: the second is dated by its meeting, which is a week after the first's.
            last = date > last ? date : meetings[meeting].InZone(own).Date;
            yield return (last, meeting + 1, minutesLater);
        }
    }

    /// <summary>The day on which clocks changed between two meetings: the member's own, or those that the meetings follow.</summary>
    private static LocalDate Day(DateTimeZone own, DateTimeZone? meeting, Instant before, Instant after)
    {
        foreach (var zone in meeting is null ? [own] : (DateTimeZone[])[own, meeting])
        {
            var interval = zone.GetZoneInterval(after);
            if (interval.HasStart && interval.Start > before && zone.GetUtcOffset(before) != interval.WallOffset)
                return interval.Start.InZone(zone).Date;
        }

        // A meeting that the clocks skipped was moved for one week, and is back.
        return after.InZone(own).Date;
    }
}
