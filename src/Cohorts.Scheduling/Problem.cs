namespace Cohorts.Scheduling;

public enum Role
{
    Participant,
    Facilitator,
}

/// <summary>A cohort to form groups of, and what a group must be like.</summary>
public sealed record Problem
{
    public required string Name { get; init; }

    /// <summary>Length of the weekly meeting in minutes, 1 to 10080.</summary>
    public int MeetingLengthMinutes { get; init; } = 60;

    /// <summary>Fewest people in a group, its facilitator counted.</summary>
    public int MinPeople { get; init; } = 4;

    /// <summary>Most people in a group, its facilitator counted.</summary>
    public int MaxPeople { get; init; } = 8;

    /// <summary>Whether a meeting may lie in hours that people gave as "if needed".</summary>
    public bool UseIfNeeded { get; init; } = true;

    /// <summary>Whether, all else being equal, sizes closer together are better.</summary>
    public bool Balance { get; init; } = true;

    /// <summary>
    /// Whether every group has exactly one facilitator. Null: it does where any of <see cref="People"/> is a facilitator.
    /// A later run over a part of a cohort sets it, because the facilitators may all be grouped already.
    /// Where it is false, facilitators sit in no group.
    /// </summary>
    public bool? Led { get; init; }

    /// <summary>Groups that meet already. They keep their start, length and facilitator, and their members where nobody moves.</summary>
    public IReadOnlyList<StandingGroup> Standing { get; init; } = [];

    /// <summary>How many members of <see cref="Standing"/> groups, their facilitators not counted, may be moved to another group.</summary>
    public int MaxMoves { get; init; }

    /// <summary>Two people who never sit in one group, unless they do already.</summary>
    public IReadOnlyList<Pair> Apart { get; init; } = [];

    /// <summary>Whoever of the two gets a new seat sits with the other.</summary>
    public IReadOnlyList<Pair> Together { get; init; } = [];

    /// <summary>The order is part of the input: the same people in another order may be grouped differently.</summary>
    public required IReadOnlyList<Person> People { get; init; }

    public bool IsLed => Led ?? People.Any(p => p.Role == Role.Facilitator);

    /// <summary>One sentence on what makes no sense in the task as a whole; null where it can be solved.</summary>
    public string? Validate()
    {
        if (MeetingLengthMinutes is < 1 or > WeekInterval.MinutesPerWeek)
            return $"A meeting of {MeetingLengthMinutes} minutes is not possible: give 1 to {WeekInterval.MinutesPerWeek} minutes (a week).";
        if (MinPeople < 1)
            return $"A group of at least {MinPeople} people is not possible: the fewest people in a group are 1 or more.";
        if (MaxPeople < MinPeople)
            return $"A group cannot have at least {MinPeople} and at most {MaxPeople} people: the most must not be less than the fewest.";

        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var person in People)
        {
            if (string.IsNullOrEmpty(person.Id))
                return $"A person ({person.Name}) has no id.";
            if (!seen.Add(person.Id))
                return $"The id {person.Id} is given to two people; each person needs an id of their own.";
            if (person is { AlreadyPlaced: true, Role: not Role.Facilitator })
                return $"{person.Name} ({person.Id}) is a participant with a group already; only a facilitator takes part again.";
        }

        return MaxMoves < 0
            ? $"{MaxMoves} moves are not possible: give 0 or more."
            : StandingGroup.Fault(this) ?? WeeklyCohort.TooMany(this) ?? Pair.Fault(Apart, "apart", seen) ?? Pair.Fault(Together, "together", seen);
    }
}

/// <summary>A group that meets already, every week at the same time.</summary>
/// <param name="Id">Opaque, unique in the cohort.</param>
/// <param name="Name">For texts only.</param>
/// <param name="StartMinute">Minute of the week in UTC, 0 to 10079; any minute, not only one on the grid.</param>
/// <param name="LengthMinutes">1 to 10080.</param>
/// <param name="FacilitatorId">One of the members; null where the group has none, or lost its own.</param>
/// <param name="Members">Ids of people of the cohort. No facilitator but <paramref name="FacilitatorId"/> is among them.</param>
public sealed record StandingGroup(string Id, string Name, int StartMinute, int LengthMinutes, string? FacilitatorId, IReadOnlyList<string> Members)
{
    /// <summary>One sentence on the first standing group that makes no sense; null where all do.</summary>
    internal static string? Fault(Problem problem)
    {
        var people = problem.People.ToDictionary(p => p.Id, StringComparer.Ordinal);
        var ids = new HashSet<string>(StringComparer.Ordinal);
        var sits = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var group in problem.Standing)
        {
            if (string.IsNullOrEmpty(group.Id))
                return $"A standing group ({group.Name}) has no id.";
            if (!ids.Add(group.Id))
                return $"The id {group.Id} is given to two standing groups; each needs an id of its own.";
            if (group.StartMinute is < 0 or >= WeekInterval.MinutesPerWeek)
                return $"The standing group {group.Id} starts at minute {group.StartMinute}: give 0 to {WeekInterval.MinutesPerWeek - 1}.";
            if (group.LengthMinutes is < 1 or > WeekInterval.MinutesPerWeek)
                return $"The standing group {group.Id} meets for {group.LengthMinutes} minutes: give 1 to {WeekInterval.MinutesPerWeek} minutes (a week).";
            if (group.Members.Count == 0)
                return $"The standing group {group.Id} has no members.";
            if (group.FacilitatorId is { } facilitator && !group.Members.Contains(facilitator, StringComparer.Ordinal))
                return $"The facilitator {facilitator} of the standing group {group.Id} is not one of its members.";
            var members = new HashSet<string>(StringComparer.Ordinal);
            foreach (var id in group.Members)
            {
                if (!people.TryGetValue(id, out var person))
                    return $"{id} sits in the standing group {group.Id} and is not one of the people.";
                if (!members.Add(id))
                    return $"{id} sits in the standing group {group.Id} twice.";
                if ((person.Role == Role.Facilitator) != (id == group.FacilitatorId))
                {
                    return person.Role == Role.Facilitator
                        ? $"{id} is a facilitator and sits in the standing group {group.Id}, but is not its facilitator."
                        : $"The facilitator {id} of the standing group {group.Id} is a participant.";
                }

                if (person.Role == Role.Participant && !sits.TryAdd(id, group.Id))
                    return $"{id} sits in two standing groups, {sits[id]} and {group.Id}; a participant sits in one.";
            }
        }

        return null;
    }
}

/// <summary>Two people, by their ids, in no order.</summary>
public readonly record struct Pair(string One, string Other)
{
    internal static string? Fault(IReadOnlyList<Pair> pairs, string list, HashSet<string> people)
    {
        foreach (var (one, other) in pairs)
        {
            if (!people.Contains(one ?? "") || !people.Contains(other ?? ""))
                return $"A pair of \"{list}\" names {(people.Contains(one ?? "") ? other : one)}, who is not one of the people.";
            if (one == other)
                return $"A pair of \"{list}\" names {one} twice; a pair is two people.";
        }

        return null;
    }
}

/// <summary>Somebody who is to sit in a group.</summary>
/// <param name="Id">Opaque, unique in the cohort.</param>
/// <param name="Name">For texts only.</param>
/// <param name="Role">A participant sits in one group at most; a facilitator leads up to <paramref name="MaxGroups"/> and sits in no other.</param>
/// <param name="TimeZone">Where the person lives, an IANA name; the hours are in UTC whatever it says.</param>
/// <param name="Availability">Free hours in UTC as <see cref="WeekInterval.TryParseList"/> reads them.</param>
/// <param name="IfNeeded">Hours at which the person could come if that helps, in the same notation.</param>
/// <param name="MaxGroups">How many groups a facilitator may lead in this grouping; less than 1 is none. Nothing for a participant.</param>
public sealed record Person(
    string Id,
    string Name,
    Role Role,
    string TimeZone,
    string? Availability,
    string? IfNeeded,
    int MaxGroups)
{
    /// <summary>Hours at which the person already meets with a group: not free, whatever the other two say.</summary>
    public Availability Busy { get; init; } = Scheduling.Availability.None;

    /// <summary>
    /// A facilitator who already leads a group of this cohort: may lead more, is not counted as placed, and is never
    /// listed as ungroupable.
    /// </summary>
    public bool AlreadyPlaced { get; init; }
}
