namespace Cohorts.Scheduling.Search;

/// <summary>
/// Groupings near a solution of the linear program: what becomes of each standing group and which new groups meet as it mostly has them, then
/// seats by <see cref="SeatFlow"/>. Whom pairs concern sits only where a column seats them, because a column keeps their rules.
/// </summary>
internal sealed class Rounding(SearchSpace space, ColumnPool columns, Func<bool> goOn)
{
    private readonly CohortFacts _facts = space.Facts;

    /// <summary>Null where none was found that keeps the rules.</summary>
    /// <param name="plan">The surest first.</param>
    /// <param name="least">Columns with a smaller share are left out.</param>
    public Solution? Round(IReadOnlyList<PlannedGroup> plan, double least)
    {
        var draft = new Draft(space);
        foreach (var planned in plan.Where(p => columns.Block(p.Column).Kind == BlockKind.Dissolve && ShareOf(plan, p) > least))
            draft.Dissolve(columns.Block(planned.Column).Standing);
        foreach (var planned in plan)
        {
            if (planned.Share > least)
                draft.Take(columns, planned);
        }

        foreach (var same in plan.GroupBy(p => (p.Slot, p.Leader, columns.Block(p.Column).Standing, columns.Block(p.Column).Kind)))
        {
            var times = (int)Math.Round(same.Sum(p => p.Share)) - same.Count(p => p.Share > least);
            foreach (var planned in same.Where(p => p.Share <= least).Take(times))
                draft.Take(columns, planned);
        }

        return Finish(draft);
    }

    /// <summary>The grouping again with its seats as good as its groups allow.</summary>
    public Solution? Improve(Solution solution)
    {
        var draft = new Draft(space);
        draft.Take(solution);
        return Finish(draft);
    }

    private double ShareOf(IReadOnlyList<PlannedGroup> plan, PlannedGroup planned) =>
        plan.Where(p => columns.BlockOf(p.Column) == columns.BlockOf(planned.Column)).Sum(p => p.Share);

    private Solution? Finish(Draft draft)
    {
        // A group that finds too few people is given up, the emptiest first.
        while (true)
        {
            draft.SeatPairs();
            var flow = draft.Flow();
            if (!flow.Solve(_facts.Problem.MaxMoves, goOn))
                return null;
            if (!draft.DropEmptiest(flow))
                break;
        }

        if (draft.SeatPairs())
            draft.Flow().Solve(_facts.Problem.MaxMoves, goOn);
        var groups = draft.Groups();
        return GroupingRules.Broken(_facts, groups) is null ? Solution.Of(_facts, groups) : null;
    }
}
