namespace Cohorts.Scheduling.Search;

internal enum BasicKind
{
    /// <summary>A column of the pool with its post.</summary>
    Column,

    /// <summary>What is left of a row's limit; of an equation next to nothing.</summary>
    Slack,

    /// <summary>By how much a restriction is broken.</summary>
    Artificial,
}

/// <param name="Kind">What varies.</param>
/// <param name="Index">The column, or the row.</param>
/// <param name="Post">Who leads the group of the column; −1 where nobody does, or nobody new.</param>
internal readonly record struct Basic(BasicKind Kind, int Index, int Post);
