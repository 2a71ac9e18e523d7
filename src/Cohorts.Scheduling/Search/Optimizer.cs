namespace Cohorts.Scheduling.Search;

/// <summary>
/// The best grouping there is, goal by goal: first the most people placed, with a proof; then, of the groupings that place
/// that many, one with the fewest if-needed seats; then fewer groups and even sizes.
/// </summary>
internal sealed class Optimizer
{
    private const int None = -1;

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

    /// <summary>The best groups found within the effort and the time, and the proven limit of people placed.</summary>
    public static List<FormedGroup> Run(CohortFacts facts, SearchOptions options, SearchWatch watch)
    {
        if (facts.GroupStarts.IsEmpty)
            return [];
        var search = new Optimizer(facts, options, watch);
        search.Search();
        return search._local.Formed();
    }

    private void Search()
    {
        var people = _space.Participants.Length + 1;
        var attempts = (long)_options.Iterations * Math.Clamp(2_400 / people, 1, 40);
        _local.Construct(Math.Clamp(2_000 / people, 1, 20));
        _local.Improve((long)(attempts / 40 * double.Parse(Environment.GetEnvironmentVariable("LS") ?? "1")));
        L($"local {_local.Best}");
        var everywhere = _space.Facts.GroupStarts;
        var program = new BranchAndPrice(_space, _watch);
        if (_local.Best.Placed < _watch.UpperBound)
        {
            _watch.Tighten(program.Limit(
                new Objective(1, 0, 0), [], _local.Best.Placed, _watch.UpperBound, 4_000_000L * _options.Iterations, _local.Formed(),
                plan => Round(plan, program.Sets).Placed,
                limit =>
                {
                    _watch.Tighten(limit);
                    _watch.Report(_local.Best.Placed, 0);
                }));
            L($"placed {_local.Best} limit {_watch.UpperBound} work {program.Work} sets {program.Sets.Count} {program.Stats}");
        }

        if (_local.Best.IfNeeded > 0)
        {
            var placed = _local.Best.Placed;
            var x = program.Limit(
                new Objective(0, 1, 0),
                [new Restriction(Measure.Placed, everywhere, Restriction.Anybody, false, placed)],
                -_local.Best.IfNeeded, 0, 1_000_000L * _options.Iterations, _local.Formed(),
                plan => Round(plan, program.Sets) is var best && best.Placed > placed ? 0 : -best.IfNeeded,
                _ => _watch.Report(_local.Best.Placed, 0));
            L($"ifneeded {_local.Best} limit {-x} work {program.Work} sets {program.Sets.Count} {program.Stats}");
        }

        _local.Improve(attempts / 40);
        L($"end {_local.Best}");
    }

    private void L(string s) => Console.Error.WriteLine($"# {_watch.Elapsed.TotalMilliseconds:0} {s}");

    private Score Round(List<PlannedGroup> plan, SeatSets sets)
    {
        plan.Sort((a, b) => a.Share != b.Share ? b.Share.CompareTo(a.Share) : (a.Slot, a.Leader, a.Set).CompareTo((b.Slot, b.Leader, b.Set)));
        _starts.Clear();
        foreach (var same in plan.GroupBy(p => (p.Slot, p.Leader)))
        {
            for (var times = (int)Math.Round(same.Sum(p => p.Share)); times > 0; times--)
                _starts.Add(same.Key);
        }

        _local.FollowStarts(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_starts));
        _local.Follow(plan, sets);
        return _local.Best;
    }
}
