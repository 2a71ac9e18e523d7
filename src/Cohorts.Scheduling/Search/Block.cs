namespace Cohorts.Scheduling.Search;

internal enum BlockKind
{
    /// <summary>A group that does not stand yet.</summary>
    New,

    /// <summary>A short standing group that is made whole: all its members stay, others come.</summary>
    Fill,

    /// <summary>A whole standing group that some leave or join.</summary>
    Change,

    /// <summary>A standing group that all members leave.</summary>
    Dissolve,

    /// <summary>A leader of whole standing groups who leads none any more: one person placed less.</summary>
    LosePlace,
}

/// <summary>Who may lead the group of a column, and what that takes of the rows of the master problem.</summary>
/// <param name="Leader">The leader's number.</param>
/// <param name="PlacesLeader">Whether leading by this post places one more person.</param>
/// <param name="IsNewSeat">Whether the leader did not lead this group before.</param>
/// <param name="Capacity">Groups that can be led by it at most.</param>
/// <param name="Rows">Rows of the master problem.</param>
/// <param name="Coefficients">Of those rows.</param>
internal sealed record Post(int Leader, bool PlacesLeader, bool IsNewSeat, int Capacity, int[] Rows, int[] Coefficients);

/// <summary>Two candidates of a block, by position, who cannot be chosen freely.</summary>
/// <param name="One">A position.</param>
/// <param name="Other">Another one.</param>
/// <param name="Together">Whether <paramref name="One"/>, if chosen, needs <paramref name="Other"/>; else not both may be chosen.</param>
internal readonly record struct Link(int One, int Other, bool Together);

/// <summary>
/// A block of the decomposition (Dantzig and Wolfe): a set of columns among which the best at given dual values is found by sorting. All
/// counts are differences from the cohort as it stands.
/// </summary>
internal sealed record Block
{
    public required BlockKind Kind { get; init; }

    public required int Slot { get; init; }

    /// <summary>The standing group, −1 for a new one.</summary>
    public int Standing { get; init; } = -1;

    /// <summary>Participants who may be chosen, by number.</summary>
    public int[] Candidates { get; init; } = [];

    /// <summary>Per candidate whether the seat would be if-needed.</summary>
    public bool[] IfNeeded { get; init; } = [];

    /// <summary>Per candidate whether they sit in this group now; if they are not chosen they leave.</summary>
    public bool[] Kept { get; init; } = [];

    /// <summary>Positions that must be chosen.</summary>
    public int[] Forced { get; init; } = [];

    public Link[] Links { get; init; } = [];

    /// <summary>How many candidates are chosen.</summary>
    public int Fewest { get; init; }

    /// <inheritdoc cref="Fewest"/>
    public int Most { get; init; }

    /// <summary>People in the group who are no candidates, its leader among them.</summary>
    public int Base { get; init; }

    /// <summary>What the sum of squares has without a column of this block.</summary>
    public long SquaresBefore { get; init; }

    /// <summary>People placed by a column of the block who are neither candidates nor its leader.</summary>
    public int Placed { get; init; }

    /// <summary>Whole groups by which a column changes their number.</summary>
    public int Groups { get; init; }

    /// <summary>Posts that may lead; where it is empty nobody leads, or the leader stays who it is.</summary>
    public int[] Posts { get; init; } = [];

    /// <summary>Rows and coefficients that every column has.</summary>
    public int[] Rows { get; init; } = [];

    /// <inheritdoc cref="Rows"/>
    public int[] Coefficients { get; init; } = [];

    /// <summary>Whether a group is there afterwards whose size counts.</summary>
    public bool HasGroup => Kind is BlockKind.New or BlockKind.Fill or BlockKind.Change;

    public long Squares(int chosen) => (HasGroup ? (long)(Base + chosen) * (Base + chosen) : 0) - SquaresBefore;
}
