namespace Cohorts.Scheduling.Search;

/// <summary>A column of a solution of the linear program, and how much of it.</summary>
/// <param name="Column">In the pool.</param>
/// <param name="Leader">The leader's number, −1 where nobody leads anew.</param>
internal readonly record struct PlannedGroup(int Column, int Slot, int Leader, double Share);

/// <summary>What to prove, and what is known of it.</summary>
/// <param name="Objective">What is to be large.</param>
/// <param name="Goals">What a grouping must keep.</param>
/// <param name="Begin">A grouping that keeps the goals.</param>
/// <param name="Known">What it is worth.</param>
/// <param name="Limit">A limit that holds in any case.</param>
/// <param name="Effort">How many multiplications may be spent on it.</param>
internal sealed record Target(Objective Objective, List<Restriction> Goals, Solution Begin, int Known, int Limit, long Effort);

/// <summary>
/// Proves how much a grouping can be worth at most, and finds groupings on the way: the linear program over columns that are
/// added as dual values ask for them, and where its solution is fractional, two cases. First it is branched on the groups in a stretch of the
/// slots and on what becomes of a standing group; once these are whole, seats are a flow, and whole too, but where pairs or limits on moves
/// and if-needed seats cut it. Then it is branched on a seat.
/// </summary>
internal sealed class BranchAndPrice
{
    private const int None = -1;

    /// <summary>
    /// Stretches of slots, down to a single one. Eight hours of half hours decide much at once: with days and the week before
    /// them, up to forty times the cases were looked at.
    /// </summary>
    private static readonly int[] Widths = [16, 4, 1];

    private readonly SearchSpace _space;
    private readonly MasterProblem _master;
    private readonly ColumnPool _columns;
    private readonly Pricing _pricing;
    private readonly LinearProgram _program;
    private readonly SearchWatch _watch;
    private readonly FractionalBranching _branching;
    private readonly OverlapCuts _overlaps;
    private readonly List<PlannedGroup> _planned = [];

    public BranchAndPrice(SearchSpace space, SearchWatch watch)
    {
        _space = space;
        _watch = watch;
        _master = new MasterProblem(space);
        _columns = new ColumnPool(_master);
        _pricing = new Pricing(_master);
        _program = new LinearProgram(_master, _columns, _pricing, watch);
        _branching = new FractionalBranching(_master, _columns, Widths);
        _overlaps = new OverlapCuts(_master, _columns);
    }

    public ColumnPool Columns => _columns;

    /// <summary>Multiplications done.</summary>
    public long Work => _program.Work;

    /// <summary>
    /// A proven limit of the objective over all groupings that keep the goals: what is known to be possible, where that is proven best.
    /// </summary>
    /// <param name="target">What to prove.</param>
    /// <param name="round">Makes a grouping near a plan, and tells what is known to be possible then.</param>
    /// <param name="tell">Told the limit so far and the share of the effort spent.</param>
    public int Prove(Target target, Func<List<PlannedGroup>, int> round, Action<int, double> tell)
    {
        var (known, limit) = (target.Known, target.Limit);
        var (first, last) = (_program.Work, _program.Work + target.Effort);
        var open = new PriorityQueue<Node, (int, int, int)>();
        var (made, unresolved) = (0, int.MinValue);
        open.Enqueue(new Node(target.Goals, limit, [], _master.Undominated(target.Objective.IfNeeded != 0 || target.Goals.Exists(g => g.Of == Measure.IfNeeded)), 0), default);
        while (open.TryDequeue(out var node, out _))
        {
            limit = Math.Max(node.Limit, unresolved);
            // Only of what is worth more than what is known does a case's limit speak.
            if (limit <= known)
                return known;
            tell(limit, (_program.Work - first) / (double)target.Effort);
            if (_program.Work > last || !_watch.GoOn())
                return limit;
            var isSolved = Solve(target, node, known, last);
            if (node.Limit > known && _planned.Count > 0)
                known = Math.Max(known, round(_planned));
            if (node.Limit <= known)
                continue;
            if (!isSolved)
                return Math.Max(Math.Max(node.Limit, unresolved), open.TryPeek(out var next, out _) ? next.Limit : known);
            if (_branching.Find(_program) is not { } cut)
            {
                // Whole, and yet not what was found: only rounding can bring that about. The limit stands.
                unresolved = Math.Max(unresolved, node.Limit);
                continue;
            }

            var (basis, starts) = (_program.Basis.ToArray(), _pricing.Starts.ToArray());
            foreach (var part in new[] { cut, cut with { AtMost = false, Limit = cut.Limit + 1 } })
            {
                open.Enqueue(
                    new Node([.. node.Restrictions, part], node.Limit, basis, starts, node.Depth + 1),
                    (-node.Limit, -node.Depth - 1, ++made));
            }
        }

        return Math.Max(known, unresolved);
    }

    /// <summary>Adds columns until none is worth adding, or the node's limit says enough; false where the effort ends before.</summary>
    private bool Solve(Target target, Node node, int known, long last)
    {
        // A place, a move or a seat is worth one; a square up to twice the size of a group.
        var penalty = target.Objective.Squares == 0 ? 1000.0 : 1000.0 * Math.Min(100, 1 + _space.Facts.Problem.MaxPeople);
        _planned.Clear();
        _pricing.Allow(node.Starts);
        _program.Begin(target.Objective, node.Restrictions, node.Basis, penalty);
        if (node.Depth == 0)
            EnterAll(target.Begin);
        while (true)
        {
            if (!_program.Optimize())
                return false;
            _pricing.Set(_program.Duals, target.Objective, node.Restrictions, clamped: true);
            var bound = Math.Clamp(_pricing.Bound(_program.Duals, node.Restrictions), -1e9, 1e9);
            node.Limit = Math.Min(node.Limit, (int)Math.Floor(bound + 1e-6));
            if (node.Limit <= known)
                return true;
            _pricing.FixByReducedCost(bound, known + 1);
            _pricing.Set(_program.Duals, target.Objective, node.Restrictions, clamped: true);
            if (_pricing.AddBest(_columns) == 0 || (_program.KeepsRestrictions && node.Limit <= Math.Floor(_program.ObjectiveValue + 1e-6)))
            {
                Plan();
                if (!SeparateMeetings(node))
                    return true;
                _program.Begin(target.Objective, node.Restrictions, _program.Basis.ToArray(), penalty);
            }

            if (_program.Work > last)
            {
                Plan();
                return false;
            }
        }
    }

    /// <summary>Enters the columns of a known grouping: a basis to begin from.</summary>
    private void EnterAll(Solution known)
    {
        var led = new int[_space.Leaders.Length];
        foreach (var (block, chosen, leader) in _master.ColumnsOf(known))
        {
            var column = _columns.Add(block, chosen);
            var posts = _master.Blocks[block].Posts;
            var post = None;
            if (posts.Length > 0)
            {
                int[] own = leader == None ? posts : [.. posts.Where(p => _master.Posts[p].Leader == leader)];
                post = own[Math.Min(own.Length - 1, leader == None ? 0 : led[leader]++)];
            }

            _program.Enter(column, post);
        }
    }

    private void Plan()
    {
        _planned.Clear();
        var basis = _program.Basis;
        for (var i = 0; i < basis.Length; i++)
        {
            if (basis[i].Kind != BasicKind.Column || _program.Value(i) < 1e-4)
                continue;
            var leader = basis[i].Post == None ? None : _master.Posts[basis[i].Post].Leader;
            _planned.Add(new PlannedGroup(basis[i].Index, _columns.Block(basis[i].Index).Slot, leader, _program.Value(i)));
        }
    }

    /// <summary>Forbids what one leader cannot do: half a group here and three quarters of another that overlaps; false where there is no such thing.</summary>
    private bool SeparateMeetings(Node node)
    {
        // One that is there already and seems broken again is broken by rounding alone.
        var cuts = _overlaps.Find(_program);
        cuts.RemoveAll(node.Restrictions.Contains);
        if (cuts.Count == 0)
            return false;
        node.Restrictions = [.. node.Restrictions, .. cuts];
        return true;
    }

    private sealed class Node(List<Restriction> restrictions, int limit, Basic[] basis, SlotSet[] starts, int depth)
    {
        public List<Restriction> Restrictions { get; set; } = restrictions;

        public int Limit { get; set; } = limit;

        public Basic[] Basis { get; } = basis;

        /// <summary>The slots of new groups left to each post.</summary>
        public SlotSet[] Starts { get; } = starts;

        public int Depth { get; } = depth;
    }
}
