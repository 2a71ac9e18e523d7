namespace Cohorts.Scheduling;

/// <summary>The groups formed of a cohort, and everybody who is in none with the reason.</summary>
public sealed record Grouping
{
    /// <summary>Earliest in the week first.</summary>
    public required IReadOnlyList<Group> Groups { get; init; }

    /// <summary>In the order of the input.</summary>
    public required IReadOnlyList<UngroupablePerson> Ungroupable { get; init; }

    /// <summary>People who sit in a group, each counted once, without facilitators who already led one before.</summary>
    public required int Placed { get; init; }

    /// <summary>No valid grouping places more people than this.</summary>
    public required int UpperBound { get; init; }

    public bool Optimal => Placed == UpperBound;

    /// <summary>Of each goal, the most important first, what was reached and what is proven.</summary>
    public IReadOnlyList<GoalProof> Proof { get; init; } = [];

    /// <summary>Whether each group has a facilitator.</summary>
    public required bool Led { get; init; }

    /// <summary>Facilitators who have a possible start and may lead a group. 0 in a cohort that is led means no group at all.</summary>
    public required int UsableFacilitators { get; init; }

    /// <summary>Where one more facilitator would help most; null where nobody leads or is left over, or it would help nobody.</summary>
    public FacilitatorHour? BestFacilitatorHour { get; init; }

    public required TimeSpan Elapsed { get; init; }

    /// <summary>The part of <see cref="Elapsed"/> in which what is told to those left over was checked.</summary>
    public TimeSpan RemediesElapsed { get; init; }

    public required int Seed { get; init; }
}

/// <summary>What is known of one goal.</summary>
/// <param name="Goal"><c>placed</c>, <c>moves</c>, <c>ifNeeded</c>, <c>groups</c> or <c>squares</c> (the sum of the squared sizes).</param>
/// <param name="Value">What was reached.</param>
/// <param name="Bound">No grouping that is equal in all goals before passes it: above for <c>placed</c>, below for the others.</param>
public sealed record GoalProof(string Goal, long Value, long Bound)
{
    public bool Proven => Value == Bound;
}

/// <param name="StartMinute">Minute of the week in UTC, Monday 00:00 is 0; of a new group a multiple of 15.</param>
/// <param name="LengthMinutes">Length of the meeting.</param>
/// <param name="FacilitatorId">Null where nobody leads.</param>
/// <param name="Members">The facilitator first, then the others in the order of the input.</param>
public sealed record Group(int StartMinute, int LengthMinutes, string? FacilitatorId, IReadOnlyList<Member> Members)
{
    /// <summary>The standing group that this one continues; null for a new one.</summary>
    public string? StandingId { get; init; }

    /// <summary>The name of the standing group; null for a new one.</summary>
    public string? Name { get; init; }
}

/// <param name="Id">The person's id.</param>
/// <param name="Role">What the person is in the group.</param>
/// <param name="IfNeeded">Whether the meeting needs hours that this person gave as "if needed"; false where the person sat there before.</param>
public sealed record Member(string Id, Role Role, bool IfNeeded);

/// <param name="Id">The person's id.</param>
/// <param name="Reason">The first that applies, in the order of <see cref="UngroupableReason"/>.</param>
/// <param name="Detail">One sentence for the organizer.</param>
public sealed record UngroupablePerson(string Id, UngroupableReason Reason, string Detail)
{
    /// <summary>What would place the person; null where no change of hours would.</summary>
    public Remedy? Remedy { get; init; }

    /// <summary>One sentence on what would change it.</summary>
    /// <inheritdoc cref="Scheduling.Remedy.Tell"/>
    public string Change(Func<int, string> when, Func<int, string> group) =>
        Remedy?.Tell(when, group) ?? "No hour would change this: it follows from who may sit in a group of this size and kind.";
}

/// <summary>Why somebody is in no group, in the order in which the reasons are tried.</summary>
public enum UngroupableReason
{
    /// <summary>The text of the hours cannot be read.</summary>
    InvalidAvailability,

    /// <summary>No possible start on the grid of quarter hours.</summary>
    NoAvailability,

    /// <summary>The cohort is led, and this participant shares no possible start with any facilitator.</summary>
    NoFacilitatorOverlap,

    /// <summary>At no possible start are enough people free for a group with this person in it.</summary>
    InsufficientGroupSize,

    /// <summary>Every facilitator who shares a possible start leads as many groups as they may; or a facilitator who may lead none.</summary>
    FacilitatorCapacity,

    /// <summary>A standing group meets when the person is free, and has as many members as it may.</summary>
    GroupFull,

    /// <summary>Could sit in some valid grouping, but none that seats more people is known.</summary>
    NotInBestGrouping,
}
