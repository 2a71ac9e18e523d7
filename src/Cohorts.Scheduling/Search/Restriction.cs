namespace Cohorts.Scheduling.Search;

internal enum Measure
{
    /// <summary>People placed anew.</summary>
    Placed,

    /// <summary>Seats at a time that is if-needed for the one who sits there.</summary>
    IfNeeded,

    /// <summary>Groups.</summary>
    Groups,
}

/// <summary>A limit on a sum over the groups that meet at some of the starts, led by one leader or by anybody.</summary>
/// <param name="Of">What is summed.</param>
/// <param name="Slots">The starts that count.</param>
/// <param name="Leader">The only leader whose groups count; −1 for all groups.</param>
/// <param name="AtMost">Whether the sum is at most the limit, or at least.</param>
/// <param name="Limit">The limit.</param>
internal sealed record Restriction(Measure Of, SlotSet Slots, int Leader, bool AtMost, int Limit)
{
    public const int Anybody = -1;

    /// <summary>The sign that makes an "at most" of it.</summary>
    public int Sign => AtMost ? 1 : -1;

    public bool Counts(int slot, int leader) => (Leader == Anybody || Leader == leader) && Slots.Contains(slot);
}

/// <summary>What is to be made as large as possible: a weighted sum of the people placed, less that of if-needed seats and groups.</summary>
internal readonly record struct Objective(int Placed, int IfNeeded, int Groups);
