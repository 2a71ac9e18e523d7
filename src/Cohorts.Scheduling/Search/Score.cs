namespace Cohorts.Scheduling.Search;

/// <summary>
/// What a grouping is worth, the first difference decides: more placed, fewer moves, fewer if-needed seats, fewer groups, sizes closer together.
/// Only whole groups count.
/// </summary>
/// <param name="Placed">People placed, without facilitators who led before.</param>
/// <param name="Moves">People who sat in a standing group and sit in another.</param>
/// <param name="IfNeeded">New seats at a time that is if-needed for the one who sits there.</param>
/// <param name="Groups">Groups.</param>
/// <param name="Squares">The sum of the squared sizes; 0 where balance is not asked for.</param>
internal readonly record struct Score(int Placed, int Moves, int IfNeeded, int Groups, long Squares)
{
    public static Score Of(CohortFacts facts, List<FormedGroup> groups)
    {
        var placed = new HashSet<int>();
        var (moves, ifNeeded, whole, squares) = (0, 0, 0, 0L);
        foreach (var group in groups)
        {
            if (group.Size < facts.Problem.MinPeople || (facts.Led && group.Leader is null))
                continue;
            whole++;
            squares += (long)group.Size * group.Size;
            foreach (var person in group.Participants)
            {
                placed.Add(person);
                if (group.Standing >= 0 && facts.Home[person] == group.Standing)
                    continue;
                moves += facts.Home[person] >= 0 ? 1 : 0;
                ifNeeded += facts.People[person].RegularStarts.Contains(group.Slot) ? 0 : 1;
            }

            if (group.Leader is not { } leader)
                continue;
            if (!facts.People[leader].AlreadyPlaced)
                placed.Add(leader);
            if (group.Standing < 0 || facts.Problem.Standing[group.Standing].Facilitator != leader)
                ifNeeded += facts.People[leader].RegularStarts.Contains(group.Slot) ? 0 : 1;
        }

        return new Score(placed.Count, moves, ifNeeded, whole, facts.Problem.Balance ? squares : 0);
    }

    /// <summary>The sum of the squared sizes of whole groups, whether even sizes are asked for or not.</summary>
    public static long SquaresOf(CohortFacts facts, List<FormedGroup> groups) =>
        groups.Where(g => g.Size >= facts.Problem.MinPeople && (!facts.Led || g.Leader is not null)).Sum(g => (long)g.Size * g.Size);

    public bool IsBetterThan(in Score other) =>
        Placed != other.Placed ? Placed > other.Placed
        : Moves != other.Moves ? Moves < other.Moves
        : IfNeeded != other.IfNeeded ? IfNeeded < other.IfNeeded
        : Groups != other.Groups ? Groups < other.Groups
        : Squares < other.Squares;
}
