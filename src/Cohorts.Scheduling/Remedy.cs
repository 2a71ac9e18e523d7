namespace Cohorts.Scheduling;

/// <summary>What must change for somebody to be placed; each on its own or together.</summary>
[Flags]
public enum RemedyNeeds
{
    None = 0,

    /// <summary>The person must be free at the time.</summary>
    OwnHour = 1,

    /// <summary>The hours must be written so that they can be read.</summary>
    ReadableHours = 2,

    /// <summary>The person must be allowed to lead a group.</summary>
    ToLead = 4,

    /// <summary>One more facilitator must be free at the time.</summary>
    Facilitator = 8,
}

/// <summary>
/// The least change found that gives somebody without a group a seat, while everybody who has one keeps it. It tells nobody's hours.
/// </summary>
/// <param name="StartMinute">When the meeting would start: minute of the week in UTC, a multiple of 30.</param>
/// <param name="Group">Index of the group that has a seat then; null where a new one would be formed.</param>
/// <param name="Needs">What must change beside <paramref name="MorePeople"/>.</param>
/// <param name="MorePeople">How many more people must be free at the time, 0 or more.</param>
public sealed record Remedy(int StartMinute, int? Group, RemedyNeeds Needs, int MorePeople)
{
    private static readonly string[] Numbers = ["No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine"];

    /// <summary>One sentence.</summary>
    /// <param name="when">The time in words, from the minute of the week in UTC.</param>
    /// <param name="group">The name of a group, from its index in the grouping.</param>
    public string Tell(Func<int, string> when, Func<int, string> group)
    {
        var time = when(StartMinute);
        var others = Others();
        var own = Needs switch
        {
            _ when Needs.HasFlag(RemedyNeeds.ReadableHours | RemedyNeeds.ToLead) => $"Hours that can be read and hold {time}, and leading a group,",
            _ when Needs.HasFlag(RemedyNeeds.ReadableHours) => $"Hours that can be read and hold {time}",
            _ when Needs.HasFlag(RemedyNeeds.OwnHour | RemedyNeeds.ToLead) => $"Free on {time} and leading a group",
            _ when Needs.HasFlag(RemedyNeeds.OwnHour) => $"Free on {time}",
            _ when Needs.HasFlag(RemedyNeeds.ToLead) => "Leading one group",
            _ => null,
        };
        return (own, others) switch
        {
            (null, null) => $"Nothing is missing on {time}: a longer search may find the seat.",
            (null, _) => $"{others} free on {time} would make a group.",
            (_, null) when Group is { } index => $"{own} would be enough: {group(index)} has a seat then.",
            (_, null) => $"{own} would be enough: a group could meet {(own.Contains(time, StringComparison.Ordinal) ? "then" : $"on {time}")}.",
            _ => $"{own} would be enough together with {char.ToLowerInvariant(others[0])}{others[1..]} free "
                + $"{(own.Contains(time, StringComparison.Ordinal) ? "then" : $"on {time}")}: that makes a group.",
        };
    }

    /// <summary><c>Tuesday 17:00 UTC</c>.</summary>
    public static string Utc(int startMinute) => $"{MeetingTime.Text(startMinute, 1).Split('-')[0]} UTC";

    private string? Others()
    {
        var people = MorePeople == 0 ? null : $"{Number(MorePeople)} more {(MorePeople == 1 ? "person" : "people")}";
        return !Needs.HasFlag(RemedyNeeds.Facilitator) ? people
            : people is null ? "One more facilitator"
            : $"{people} and one more facilitator";
    }

    private static string Number(int number) => number < Numbers.Length ? Numbers[number] : $"{number}";
}

/// <summary>The hour at which one more facilitator would place the most people.</summary>
/// <param name="StartMinute">Minute of the week in UTC, a multiple of 30.</param>
/// <param name="Places">How many of those without a group would have one, the facilitator not counted; 1 or more.</param>
public sealed record FacilitatorHour(int StartMinute, int Places)
{
    /// <param name="when">The time in words, from the minute of the week in UTC.</param>
    public string Tell(Func<int, string> when) =>
        $"One more facilitator free on {when(StartMinute)} would place {Places} more {(Places == 1 ? "person" : "people")}.";
}
