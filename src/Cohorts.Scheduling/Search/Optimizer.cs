namespace Cohorts.Scheduling.Search;

/// <summary>The goals, the most important first.</summary>
internal enum Goal
{
    Placed,
    Moves,
    IfNeeded,
    Groups,
    Squares,
}

/// <summary>
/// The best grouping there is, goal by goal: first the most people placed, with a proof; then, of the groupings that place
/// that many, one with the fewest moves, the fewest if-needed seats, the fewest groups, the most even sizes. A local search finds what is nearly
/// the best at once; branch and price closes the rest, and proves it. All effort is counted in steps, none in time.
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

    /// <summary>Per iteration, on moves, on the number of groups and on even sizes.</summary>
    private const long MovesEffort = 2_000_000;
    private const long GroupsEffort = 400_000;
    private const long SquaresEffort = 400_000;

    /// <summary>Iterations of which the local search takes a part before the first proof is tried.</summary>
    private const int FirstIterations = 1000;

    private readonly CohortFacts _facts;
    private readonly SearchSpace _space;
    private readonly LocalSearch _local;
    private readonly SearchOptions _options;
    private readonly SearchWatch _watch;
    private readonly Bounds _bounds;
    private readonly List<(int Slot, int Leader, int Standing)> _starts = [];
    private readonly Dictionary<(int Slot, int Leader, int Standing), double> _shares = [];
    private BranchAndPrice? _program;

    private Optimizer(CohortFacts facts, SearchOptions options, SearchWatch watch)
    {
        _facts = facts;
        _options = options;
        _watch = watch;
        var newcomers = new SearchSpace(facts, SearchScope.Newcomers);
        _local = new LocalSearch(newcomers, options.Seed, watch);
        var scope = (facts.Problem.MaxMoves > 0 && facts.Problem.Standing.Count > 0 ? SearchScope.Moves : SearchScope.Newcomers)
            | (facts.Problem.Apart.Count + facts.Problem.Together.Count > 0 ? SearchScope.Pairs : SearchScope.Newcomers);
        _space = scope == SearchScope.Newcomers ? newcomers : new SearchSpace(facts, scope);
        _bounds = new Bounds(_space);
        Best = Solution.Unchanged(facts);
        watch.Tighten(UpperBound.Placed(_space));
        _bounds.Update(Best.Score);
    }

    private Solution Best { get; set; }

    private bool LocalIsAll => _space.Scope == SearchScope.Newcomers;

    /// <summary>The best grouping found within the effort and the time, and what is proven of it.</summary>
    public static (Solution Best, Bounds Bounds) Run(CohortFacts facts, SearchOptions options, SearchWatch watch)
    {
        var search = new Optimizer(facts, options, watch);
        if (!search._space.NewStarts.IsEmpty || search._space.Standing.Length > 0)
            search.Search();
        search._bounds.Tighten(Goal.Placed, search.Best.Score, watch.UpperBound);
        return (search.Best, search._bounds);
    }

    private void Search()
    {
        // An attempt in a small cohort takes microseconds: a round makes as many as a large cohort's one attempt costs.
        var people = _local.Participants + 1;
        var attempts = (long)Math.Clamp(2_400 / people, 1, 40);
        var first = Math.Min(_options.Iterations, FirstIterations);
        _watch.Part(0, 0.05);
        _local.Construct(Math.Clamp(2_000 / people, 1, 20));
        _watch.Part(0.05, 0.2);
        _local.Improve(attempts * first / 10, onlySeats: true);
        ConsiderLocal();
        if (_space.Participants.Length + _space.Leaders.Length > MostRows)
        {
            _watch.Part(0.2, 1);
            _local.Improve(5 * attempts * _options.Iterations, onlySeats: true);
            _local.Improve(attempts * first / 4);
            ConsiderLocal();
            return;
        }

        _program = new BranchAndPrice(_space, _watch);
        _watch.Part(0.2, 0.3);
        Prove(Goal.Placed, FirstEffort * _options.Iterations);
        _watch.Part(0.3, 0.35);
        var quick = _space.Participants.Length + _space.Leaders.Length <= QuickRows;
        if (LocalIsAll)
            SearchAround(quick, attempts, first, people);
        _watch.Part(0.5, 0.95);
        ProveAll();
        _watch.Part(0.95, 1);
    }

    /// <summary>The local search and the program by turns, until if-needed seats are the fewest or the effort ends.</summary>
    private void SearchAround(bool quick, long attempts, int first, int people)
    {
        if (quick)
            Prove(Goal.IfNeeded, FirstIfNeededEffort * _options.Iterations);
        if (!_bounds.IsProven(Goal.IfNeeded, Best.Score))
        {
            Improve(Math.Min(attempts, 8) * first, onlySeats: true);
            _watch.Part(0.35, 0.4);
            Prove(Goal.IfNeeded, LastIfNeededEffort * Math.Min(MostPeople, people) * _options.Iterations);
        }

        var isLeast = _bounds.IsProven(Goal.IfNeeded, Best.Score);
        _watch.Part(0.4, 0.45);
        Improve(isLeast ? Math.Max(attempts * first / 20, 2 * first) : attempts * first / 2);
        _watch.Part(0.45, 0.5);
        if (!_bounds.IsProven(Goal.Placed, Best.Score) || !isLeast)
            Improve(attempts * (_options.Iterations - first));
    }

    /// <summary>Goal by goal; a grouping that is better in an earlier one sends it back there.</summary>
    private void ProveAll()
    {
        var rounds = 0;
        for (var goal = Goal.Placed; goal <= Goal.Squares && _watch.GoOn(); goal++)
        {
            var before = Best.Score;
            Prove(goal, _options.Iterations * goal switch
            {
                Goal.Placed => LastEffort,
                Goal.Moves => MovesEffort,
                Goal.IfNeeded => LastIfNeededEffort * Math.Min(MostPeople, _space.Participants.Length),
                Goal.Groups => GroupsEffort,
                _ => SquaresEffort,
            });
            if (Best.Score != before && FirstDifference(before, Best.Score) < goal && ++rounds < 5)
                goal = FirstDifference(before, Best.Score) - 1;
        }
    }

    private static Goal FirstDifference(Score one, Score other) =>
        one.Placed != other.Placed ? Goal.Placed
        : one.Moves != other.Moves ? Goal.Moves
        : one.IfNeeded != other.IfNeeded ? Goal.IfNeeded
        : one.Groups != other.Groups ? Goal.Groups
        : Goal.Squares;

    private void Improve(long attempts, bool onlySeats = false)
    {
        _local.Improve(attempts, onlySeats);
        ConsiderLocal();
    }

    /// <summary>A grouping is made of what the local search has only where that is better: each takes memory.</summary>
    private void ConsiderLocal()
    {
        if (_local.Best.IsBetterThan(Best.Score))
            Consider(_local.Formed());
    }

    private void Consider(Solution? solution)
    {
        if (solution is null || !solution.Score.IsBetterThan(Best.Score))
            return;
        Best = solution;
        _bounds.Update(Best.Score);
    }

    /// <summary>Tightens the bound of one goal at the values reached in those before, and finds better groupings on the way.</summary>
    private void Prove(Goal goal, long effort)
    {
        if (goal == Goal.Squares && !_facts.Problem.Balance)
            return;
        if (goal == Goal.Placed)
            _bounds.Tighten(Goal.Placed, Best.Score, _watch.UpperBound);
        if (_bounds.IsProven(goal, Best.Score))
            return;
        var reached = Best.Score;
        var limit = _program!.Prove(
            new Target(
                ObjectiveOf(goal),
                GoalsBefore(goal),
                Best,
                _bounds.Relative(goal, Bounds.Value(goal, reached)),
                _bounds.Relative(goal, _bounds.Of(goal)),
                LeastEffort + effort),
            plan =>
            {
                Round(plan);
                // What is better in an earlier goal ends this; it is begun again from there.
                return FirstDifference(reached, Best.Score) < goal ? int.MaxValue / 2 : _bounds.Relative(goal, Bounds.Value(goal, Best.Score));
            },
            (proven, share) =>
            {
                if (goal == Goal.Placed)
                    _watch.Tighten((int)_bounds.Absolute(goal, proven));
                _watch.Report(Best.Score.Placed, share);
            });
        if (FirstDifference(reached, Best.Score) < goal)
            return;
        _bounds.Tighten(goal, Best.Score, _bounds.Absolute(goal, limit));
        if (goal == Goal.Placed)
            _watch.Tighten((int)_bounds.Of(goal));
    }

    private static Objective ObjectiveOf(Goal goal) => goal switch
    {
        Goal.Placed => new Objective(Placed: 1),
        Goal.Moves => new Objective(Moves: 1),
        Goal.IfNeeded => new Objective(IfNeeded: 1),
        Goal.Groups => new Objective(Groups: 1),
        _ => new Objective(Squares: 1),
    };

    private List<Restriction> GoalsBefore(Goal goal)
    {
        var best = Best.Score;
        var goals = new List<Restriction>();
        if (_space.Moves)
            goals.Add(new Restriction(Measure.Moves, true, goal > Goal.Moves ? best.Moves : _facts.Problem.MaxMoves));
        if (goal > Goal.Placed)
            goals.Add(new Restriction(Measure.Placed, false, best.Placed - _space.PlacedBefore));
        if (goal > Goal.IfNeeded)
            goals.Add(new Restriction(Measure.IfNeeded, true, best.IfNeeded));
        if (goal > Goal.Groups)
            goals.Add(new Restriction(Measure.Groups, true, best.Groups - _space.WholeGroups));
        return goals;
    }

    /// <summary>Groupings near a plan: from its starts in whole numbers, and from its groups, the surest first.</summary>
    private void Round(List<PlannedGroup> plan)
    {
        var columns = _program!.Columns;
        plan.Sort((one, other) => one.Share != other.Share
            ? other.Share.CompareTo(one.Share)
            : (one.Slot, one.Leader, one.Column).CompareTo((other.Slot, other.Leader, other.Column)));
        if (LocalIsAll)
        {
            _starts.Clear();
            _shares.Clear();
            foreach (var planned in plan)
            {
                if (columns.Block(planned.Column) is { Kind: not BlockKind.Change } block)
                    _shares[(planned.Slot, planned.Leader, block.Standing)] = _shares.GetValueOrDefault((planned.Slot, planned.Leader, block.Standing)) + planned.Share;
            }

            foreach (var (start, share) in _shares)
            {
                for (var times = (int)Math.Round(share); times > 0; times--)
                    _starts.Add(start);
            }

            _local.FollowStarts(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_starts));
            _local.Follow(plan, columns);
            ConsiderLocal();
            return;
        }

        var rounding = new Rounding(_space, columns, _watch.GoOn);
        Consider(rounding.Round(plan, 0.5));
        Consider(rounding.Round(plan, 0.3));
    }
}
