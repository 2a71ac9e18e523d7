namespace Cohorts.Scheduling.Search;

/// <summary>What a restriction sums over the columns; differences from the cohort as it stands.</summary>
internal enum Measure
{
    /// <summary>People placed.</summary>
    Placed,

    /// <summary>People who sat in a standing group and sit in another.</summary>
    Moves,

    /// <summary>New seats at a time that is if-needed for the one who sits there.</summary>
    IfNeeded,

    /// <summary>Whole groups.</summary>
    Groups,

    /// <summary>Groups led anew at some slots, less those of the same leader that are dissolved there; where nobody leads, new groups.</summary>
    Leads,

    /// <summary>New seats of one participant at some slots.</summary>
    Seats,

    /// <summary>Columns of one kind of one standing group.</summary>
    Changes,
}

/// <summary>A limit on a measure, as one more row of the master problem.</summary>
/// <param name="Of">What is summed.</param>
/// <param name="AtMost">Whether the sum is at most the limit, or at least.</param>
/// <param name="Limit">The limit.</param>
internal sealed record Restriction(Measure Of, bool AtMost, int Limit)
{
    public const int Anybody = -1;

    /// <summary>For leads and seats, the slots that count.</summary>
    public SlotSet Slots { get; init; }

    /// <summary>The leader (<see cref="Anybody"/> for all), the participant or the standing group.</summary>
    public int Index { get; init; } = Anybody;

    /// <summary>For changes.</summary>
    public BlockKind Kind { get; init; }

    /// <summary>The sign that makes an "at most" of it.</summary>
    public int Sign => AtMost ? 1 : -1;

    /// <summary>What a column of the pool with this post (or none, −1) counts, times <see cref="Sign"/>.</summary>
    public int Coefficient(MasterProblem master, ColumnPool columns, int column, int post) => Sign * Of switch
    {
        Measure.Placed => columns.Placed(column) + (post >= 0 && master.Posts[post].PlacesLeader ? 1 : 0),
        Measure.Moves => columns.Moves(column),
        Measure.IfNeeded => columns.IfNeeded(column) + (post >= 0 && master.LeaderNeedsIfNeeded(post, columns.Block(column).Slot) ? 1 : 0),
        Measure.Groups => columns.Block(column).Groups,
        Measure.Leads => LeadsOf(master, columns.Block(column), post),
        Measure.Seats => Slots.Contains(columns.Block(column).Slot) && columns.Comers(column).Contains(Index) ? 1 : 0,
        _ => columns.Block(column) is var block && block.Standing == Index && block.Kind == Kind ? 1 : 0,
    };

    public int LeadsOf(MasterProblem master, Block block, int post)
    {
        if (!Slots.Contains(block.Slot))
            return 0;
        if (Index == Anybody)
            return block.Kind == BlockKind.New ? 1 : 0;
        if (block.Kind == BlockKind.Dissolve)
            return master.Space.Standing[block.Standing].Facilitator is var person && person >= 0 && master.Space.LeaderOf[person] == Index ? -1 : 0;
        return post >= 0 && master.Posts[post] is { IsNewSeat: true } lead && lead.Leader == Index ? 1 : 0;
    }
}

/// <summary>What is to be made as large as possible: a weighted sum of the people placed, less that of the other goals.</summary>
internal readonly record struct Objective(int Placed = 0, int Moves = 0, int IfNeeded = 0, int Groups = 0, int Squares = 0)
{
    public double Of(MasterProblem master, ColumnPool columns, int column, int post) =>
        (double)Placed * (columns.Placed(column) + (post >= 0 && master.Posts[post].PlacesLeader ? 1 : 0))
        - (double)Moves * columns.Moves(column)
        - (double)IfNeeded * (columns.IfNeeded(column) + (post >= 0 && master.LeaderNeedsIfNeeded(post, columns.Block(column).Slot) ? 1 : 0))
        - (double)Groups * columns.Block(column).Groups
        - (double)Squares * columns.Squares(column);
}
