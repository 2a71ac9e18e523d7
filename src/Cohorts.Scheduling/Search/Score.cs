namespace Cohorts.Scheduling.Search;

/// <summary>What a grouping is worth, the first difference decides: more placed, fewer if-needed seats, fewer groups, sizes closer together.</summary>
/// <param name="Placed">People placed anew.</param>
/// <param name="IfNeeded">Seats at a time that is if-needed for the one who sits there.</param>
/// <param name="Groups">Groups formed.</param>
/// <param name="Squares">The sum of the squared sizes; 0 where balance is not asked for.</param>
internal readonly record struct Score(int Placed, int IfNeeded, int Groups, long Squares)
{
    public bool IsBetterThan(in Score other) =>
        Placed != other.Placed ? Placed > other.Placed
        : IfNeeded != other.IfNeeded ? IfNeeded < other.IfNeeded
        : Groups != other.Groups ? Groups < other.Groups
        : Squares < other.Squares;
}
