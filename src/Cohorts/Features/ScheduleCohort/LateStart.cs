using Cohorts.Domain;
using NodaTime;

namespace Cohorts.Features.ScheduleCohort;

/// <summary>What a group that was formed after its cohort's start has missed.</summary>
/// <param name="MeetingsLost">Meetings that were over or under way when the group was formed, 1 or more.</param>
/// <param name="MeetingsLeft">The others, the next one first; empty where the whole cohort is over.</param>
public sealed record LateStart(int MeetingsLost, IReadOnlyList<DateTimeOffset> MeetingsLeft)
{
    /// <summary>More names than somebody reads in a sentence.</summary>
    private const int GroupsTold = 6;

    public int Meetings => MeetingsLost + MeetingsLeft.Count;

    /// <returns>Null where all meetings lie ahead.</returns>
    public static LateStart? Of(IReadOnlyList<Instant> meetings, Instant now)
    {
        var left = meetings.Where(m => m > now).ToList();
        return left.Count == meetings.Count ? null : new LateStart(meetings.Count - left.Count, [.. left.Select(m => m.ToDateTimeOffset())]);
    }

    /// <summary>"2 of 8 meetings are over", for one group.</summary>
    public string Lost => MeetingsLeft.Count == 0
        ? Meetings == 1 ? "its only meeting is over" : $"all {Meetings} meetings are over"
        : $"{MeetingsLost} of {Counted.Of(Meetings, "meeting")} {(MeetingsLost == 1 ? "is" : "are")} over";

    /// <summary>One sentence for those that lost the same number, the greatest loss first; empty where no group was formed late.</summary>
    public static IReadOnlyList<string> Tell(IEnumerable<(string Name, LateStart? Late)> groups) =>
    [
        .. groups.Where(g => g.Late is not null)
            .GroupBy(g => (g.Late!.MeetingsLost, Left: g.Late.MeetingsLeft.Count), g => g.Name)
            .OrderByDescending(g => g.Key.MeetingsLost)
            .Select(g => $"Formed after the cohort's start: {Names([.. g])} {(g.Count() == 1 ? "loses" : "lose")} "
                + (g.Key.Left == 0
                    ? g.Key.MeetingsLost == 1 ? "the only meeting; none is left." : $"all {g.Key.MeetingsLost} meetings; none is left."
                    : $"{g.Key.MeetingsLost} of {Counted.Of(g.Key.MeetingsLost + g.Key.Left, "meeting")}; {g.Key.Left} {(g.Key.Left == 1 ? "is" : "are")} left.")),
    ];

    private static string Names(IReadOnlyList<string> names) => names.Count <= GroupsTold
        ? string.Join(", ", names)
        : $"{string.Join(", ", names.Take(GroupsTold))} and {names.Count - GroupsTold} more";
}
