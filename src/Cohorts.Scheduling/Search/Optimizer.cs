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

    /// <summary>Up to this many rows a linear program mostly gives the fewest if-needed seats faster than the local search does.</summary>
    private const int QuickRows = 200;

    /// <summary>What a small cohort takes to its end, however few iterations are asked for; in multiplications as all effort of proofs.</summary>
    private const long LeastEffort = 50_000_000;

    /// <summary>Per iteration, on the proof at first, and once all else is done.</summary>
    private const long FirstEffort = 1_000_000;
    private const long LastEffort = 8_000_000;

    /// <summary>Per iteration, on fewer if-needed seats at first; and then per iteration and person, for that many people at most.</summary>
    private const long FirstIfNeededEffort = 100_000;
    private const long LastIfNeededEffort = 4_000;
    private const int MostPeople = 300;

    /// <summary>Iterations of which the local search takes a part before the first proof is tried.</summary>
    private const int FirstIterations = 1000;

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
        var attempts = (long)Math.Clamp(2_400 / people, 1, 40);
        var first = Math.Min(_options.Iterations, FirstIterations);
        _watch.Part(0, 0.05);
        _local.Construct(Math.Clamp(2_000 / people, 1, 20));
        _watch.Part(0.05, 0.2);
        _local.Improve(attempts * first / 10, onlySeats: true);
        var rows = _space.Participants.Length + _space.Posts.Length;
        if (rows > MostRows)
        {
            _watch.Part(0.2, 1);
            _local.Improve(5 * attempts * _options.Iterations, onlySeats: true);
            _local.Improve(attempts * first / 4);
            return;
        }

        var program = new BranchAndPrice(_space, _watch);
        _watch.Part(0.2, 0.3);
        Prove(program, FirstEffort);
        _watch.Part(0.3, 0.35);
        var isLeast = _local.Best.IfNeeded == 0 || (rows <= QuickRows && SpareIfNeeded(program, FirstIfNeededEffort));
        if (!isLeast)
        {
            _local.Improve(Math.Min(attempts, 8) * first, onlySeats: true);
            _watch.Part(0.35, 0.4);
            isLeast = SpareIfNeeded(program, LastIfNeededEffort * Math.Min(MostPeople, people));
        }

        _watch.Part(0.4, 0.45);
        _local.Improve(isLeast ? Math.Max(attempts * first / 20, 2 * first) : attempts * first / 2);
        _watch.Part(0.45, 0.5);
        if (isLeast && rows <= QuickRows && _local.Best.Placed == _watch.UpperBound)
            SpareGroups(program);
        if (_local.Best.Placed < _watch.UpperBound || !isLeast)
            _local.Improve(attempts * (_options.Iterations - first));
        var placed = _local.Best.Placed;
        _watch.Part(0.5, 0.9);
        Prove(program, LastEffort);
        if (_local.Best.Placed == placed)
            return;
        _watch.Part(0.9, 1);
        SpareIfNeeded(program, LastIfNeededEffort * Math.Min(MostPeople, people));
        _local.Improve(attempts * first / 10);
    }

    /// <summary>Tightens the limit of people placed, and finds groupings that place more on the way.</summary>
    private void Prove(BranchAndPrice program, long effort)
    {
        if (_local.Best.Placed == _watch.UpperBound)
            return;
        _watch.Tighten(program.Limit(
            new Objective(Placed: 1, IfNeeded: 0, Groups: 0),
            [],
            _local.Formed(),
            _local.Best.Placed,
            _watch.UpperBound,
            LeastEffort + effort * _options.Iterations,
            plan => Round(plan, program.Sets).Placed,
            (limit, share) =>
            {
                _watch.Tighten(limit);
                _watch.Report(_local.Best.Placed, share);
            }));
    }

    /// <summary>Finds fewer if-needed seats for as many people; whether there are proven to be none fewer.</summary>
    private bool SpareIfNeeded(BranchAndPrice program, long effort)
    {
        // Rounding may happen to place somebody more; then it is done again for that many.
        while (_local.Best.IfNeeded > 0)
        {
            var placed = _local.Best.Placed;
            var limit = program.Limit(
                new Objective(Placed: 0, IfNeeded: 1, Groups: 0),
                [new Restriction(Measure.Placed, _space.Facts.GroupStarts, Restriction.Anybody, AtMost: false, placed)],
                _local.Formed(),
                -_local.Best.IfNeeded,
                0,
                LeastEffort + effort * _options.Iterations,
                plan => Round(plan, program.Sets) is var best && best.Placed > placed ? 0 : -best.IfNeeded,
                (_, share) => _watch.Report(_local.Best.Placed, share));
            if (_local.Best.Placed == placed)
                return limit == -_local.Best.IfNeeded;
        }

        return true;
    }

    /// <summary>Fewer groups with as many placed and no more if-needed seats, where little effort finds them.</summary>
    private void SpareGroups(BranchAndPrice program)
    {
        var best = _local.Best;
        program.Limit(
            new Objective(Placed: 0, IfNeeded: 0, Groups: 1),
            [
                new Restriction(Measure.Placed, _space.Facts.GroupStarts, Restriction.Anybody, AtMost: false, best.Placed),
                new Restriction(Measure.IfNeeded, _space.Facts.GroupStarts, Restriction.Anybody, AtMost: true, best.IfNeeded),
            ],
            _local.Formed(),
            -best.Groups,
            best.Placed == 0 ? 0 : -((best.Placed - 1) / _space.Facts.Problem.MaxPeople + 1),
            LeastEffort,
            plan => -Round(plan, program.Sets).Groups,
            (_, share) => _watch.Report(best.Placed, share));
    }

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
