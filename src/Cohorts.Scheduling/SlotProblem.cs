namespace Cohorts.Scheduling;

/// <summary>
/// A cohort to form groups of, in slots: possible meetings, numbered from 0, of which nothing is known but which of them overlap. What a slot
/// is in hours, in which week and zone, only those know who made it.
/// </summary>
public sealed record SlotProblem
{
    /// <summary>Fewest people in a group, its facilitator counted; 1 or more.</summary>
    public required int MinPeople { get; init; }

    /// <summary>Most people in a group, its facilitator counted.</summary>
    public required int MaxPeople { get; init; }

    /// <summary>Whether, all else being equal, sizes closer together are better.</summary>
    public bool Balance { get; init; } = true;

    /// <summary>Whether every group has exactly one facilitator.</summary>
    public required bool Led { get; init; }

    /// <summary>Per slot those that overlap with it, itself included. At most <see cref="SlotSet.Capacity"/> slots.</summary>
    public required IReadOnlyList<SlotSet> Overlapping { get; init; }

    /// <summary>The slots at which a new group may meet.</summary>
    public required SlotSet Open { get; init; }

    /// <summary>The order is part of the input.</summary>
    public required IReadOnlyList<SlotPerson> People { get; init; }

    public IReadOnlyList<SlotGroup> Standing { get; init; } = [];

    /// <inheritdoc cref="Problem.MaxMoves"/>
    public int MaxMoves { get; init; }

    /// <inheritdoc cref="Problem.Apart"/>
    /// <remarks>People by their index.</remarks>
    public IReadOnlyList<(int One, int Other)> Apart { get; init; } = [];

    /// <inheritdoc cref="Problem.Together"/>
    /// <remarks>People by their index.</remarks>
    public IReadOnlyList<(int One, int Other)> Together { get; init; } = [];
}

/// <param name="Role">A participant sits in one group at most; a facilitator leads up to <paramref name="MaxGroups"/> and sits in no other.</param>
/// <param name="Free">Slots at which the person is free for the whole meeting.</param>
/// <param name="IfNeeded">Slots at which the person could come if that helps.</param>
/// <param name="Blocked">Slots at which the person cannot come, whatever the other two say.</param>
/// <param name="MaxGroups">Groups a facilitator may lead, standing ones counted.</param>
public sealed record SlotPerson(Role Role, SlotSet Free, SlotSet IfNeeded, SlotSet Blocked, int MaxGroups = 1)
{
    /// <inheritdoc cref="Person.AlreadyPlaced"/>
    public bool AlreadyPlaced { get; init; }
}

/// <summary>A group that meets already.</summary>
/// <param name="Slot">Its meeting.</param>
/// <param name="Facilitator">By index, one of the members; null where it has none.</param>
/// <param name="Members">By index; no other facilitator among them.</param>
public sealed record SlotGroup(int Slot, int? Facilitator, IReadOnlyList<int> Members);
