using System.Runtime.InteropServices;

namespace Cohorts.Scheduling.Search;

/// <summary>
/// The best grouping there is, goal by goal: first the most people placed, with a proof; then, of the groupings that place
/// that many, one with the fewest if-needed seats; then fewer groups and even sizes. A local search finds what is nearly the
/// best at once; branch and price closes the rest, and proves it. All effort is counted in steps, none in time.
/// </summary>
internal sealed class Optimizer
{
    /// <summary>Above this many rows a linear program costs more than it brings.</summary>
    private const int MostRows = 700;

    /// <summary>Multiplications per iteration that may be spent on the proof, and, per person too, on fewer if-needed seats.</summary>
    private const long ProofEffort = 8_000_000;
    private const long IfNeededEffort = 5_000;

    /// <summary>What a small cohort takes to its end, however few iterations are asked for.</summary>
    private const long LeastEffort = 50_000_000;

    private readonly SearchSpace _space;
    private readonly LocalSearch _local;
    private readonly SearchOptions _options;
    private readonly SearchWatch _watch;
    private readonly List<(int Slot, int Leader)> _starts = [];

    private Optimizer(CohortFacts facts, SearchOptions options, SearchWatch watch)
    {
        _space = new SearchSpace(facts);
        _local = new LocalSearch(_space, options.Seed, watch);
        _options = options;
        _watch = watch;
    }

    /// <summary>The best groups found within the effort and the time; <see cref="SearchWatch.UpperBound"/> then is the proven limit.</summary>
    public static IReadOnlyList<FormedGroup> Run(CohortFacts facts, SearchOptions options, SearchWatch watch)
    {
        if (facts.GroupStarts.IsEmpty)
            return [];
        var search = new Optimizer(facts, options, watch);
        search.Search();
        return search._local.Formed();
    }

    private void Search()
    {
        // An attempt in a small cohort takes microseconds: a round makes as many as a large cohort's one attempt costs.
        var people = _space.Participants.Length + 1;
        var attempts = (long)_options.Iterations * Math.Clamp(2_400 / people, 1, 40);
        _watch.Part(0, 0.1);
        _local.Construct(Math.Clamp(2_000 / people, 1, 20));
        _watch.Part(0.1, 0.3);
        _local.Improve(attempts / 10);
        if (_space.Participants.Length + _space.Posts.Length <= MostRows)
            Prove();
        _watch.Part(0.9, 1);
        _local.Improve(attempts / 40);
    }

    private void Prove()
    {
        var program = new BranchAndPrice(_space, _watch);
        if (_local.Best.Placed < _watch.UpperBound)
        {
            _watch.Part(0.3, 0.7);
            _watch.Tighten(program.Limit(
                new Objective(Placed: 1, IfNeeded: 0, Groups: 0),
                [],
                _local.Formed(),
                _local.Best.Placed,
                _watch.UpperBound,
                LeastEffort + ProofEffort * _options.Iterations,
                plan => Round(plan, program.Sets).Placed,
                (limit, share) =>
                {
                    _watch.Tighten(limit);
                    _watch.Report(_local.Best.Placed, share);
                }));
        }

        _watch.Part(0.7, 0.9);
        var placed = 0;
        while (_local.Best.IfNeeded > 0 && _local.Best.Placed > placed)
        {
            placed = _local.Best.Placed;
            SpareIfNeeded(program, placed);
        }
    }

    /// <summary>Fewer if-needed seats with that many placed; ends at once where rounding happens to place more.</summary>
    private void SpareIfNeeded(BranchAndPrice program, int placed) =>
        program.Limit(
            new Objective(Placed: 0, IfNeeded: 1, Groups: 0),
            [new Restriction(Measure.Placed, _space.Facts.GroupStarts, Restriction.Anybody, AtMost: false, placed)],
            _local.Formed(),
            -_local.Best.IfNeeded,
            0,
            LeastEffort + IfNeededEffort * _space.Participants.Length * _options.Iterations,
            plan => Round(plan, program.Sets) is var best && best.Placed > placed ? 0 : -best.IfNeeded,
            (_, share) => _watch.Report(_local.Best.Placed, share));

    /// <summary>Groupings near a plan: from its starts in whole numbers, and from its groups, the surest first. The best so far.</summary>
    private Score Round(List<PlannedGroup> plan, SeatSets sets)
    {
        plan.Sort((one, other) => one.Share != other.Share
            ? other.Share.CompareTo(one.Share)
            : (one.Slot, one.Leader, one.Set).CompareTo((other.Slot, other.Leader, other.Set)));
        _starts.Clear();
        foreach (var same in plan.GroupBy(p => (p.Slot, p.Leader)))
        {
            for (var times = (int)Math.Round(same.Sum(p => p.Share)); times > 0; times--)
                _starts.Add(same.Key);
        }

        _local.FollowStarts(CollectionsMarshal.AsSpan(_starts));
        _local.Follow(plan, sets);
        return _local.Best;
    }
}
