namespace Cohorts.Scheduling.Search;

/// <summary>A group as the linear program would have it, and how much of it.</summary>
internal readonly record struct PlannedGroup(int Slot, int Leader, double Share, int Set);

/// <summary>
/// Proves how much a grouping can be worth at most, and finds groupings on the way: the linear program over seat sets, sets
/// added as prices ask for them, and where its solution leads in fractions, two cases: at most so many groups in a
/// stretch of the week, or more. Once every start has a whole number of groups of each leader, seats are a flow, and whole too.
/// </summary>
internal sealed class BranchAndPrice
{
    private const int None = -1;

    /// <summary>Parts of the week, in slots, that are tried from the whole to a single start.</summary>
    private static readonly int[] Widths = [336, 48, 16, 4, 1];

    private readonly SearchSpace _space;
    private readonly Post[] _posts;
    private readonly SeatSets _sets = new();
    private readonly Prices _prices;
    private readonly LinearProgram _program;
    private readonly SearchWatch _watch;
    private readonly double[] _share;
    private readonly List<PlannedGroup> _planned = [];

    public BranchAndPrice(SearchSpace space, SearchWatch watch)
    {
        _space = space;
        _watch = watch;
        _posts = Post.Of(space);
        _prices = new Prices(space, _posts);
        _program = new LinearProgram(space, _posts, _sets, _prices, watch);
        _share = new double[Math.Max(1, space.Leaders.Length) * SlotSet.SlotsPerWeek];
    }

    public SeatSets Sets => _sets;

    public long Work => _program.Work;
    public string Stats => $"nodes {_nodes} pivots {_program.Pivots} rounds {_rounds}";
    private int _nodes, _rounds;

    /// <summary>
    /// The least proven limit of the objective over all groupings that keep the goals; what is known to be possible where that is proven best.
    /// </summary>
    /// <param name="objective">Weights.</param>
    /// <param name="goals">What a grouping must keep.</param>
    /// <param name="known">What is known to be possible.</param>
    /// <param name="effort">How much <see cref="Work"/> may be done.</param>
    /// <param name="round">Makes a grouping near the groups of the program; what is known to be possible now.</param>
    /// <param name="told">Each time the limit or the known falls or rises.</param>
    public int Limit(
        Objective objective,
        List<Restriction> goals,
        int known,
        int limit,
        long effort,
        IEnumerable<FormedGroup> formed,
        Func<List<PlannedGroup>, int> round,
        Action<int> told)
    {
        var last = _program.Work + effort;
        var open = new PriorityQueue<Node, (int, int, int)>();
        var made = 0;
        open.Enqueue(new Node(goals, limit, [], 0), (-limit, 0, made));
        var unresolved = int.MinValue;
        while (open.TryDequeue(out var node, out _))
        {
            told(Math.Max(node.Limit, unresolved));
            if (Math.Max(node.Limit, unresolved) <= known)
                return known;
            if (_program.Work > last || !_watch.GoOn())
                return Math.Max(node.Limit, unresolved);
            _nodes++;
            var isSolved = Solve(objective, node, known, last, node.Depth == 0 ? formed : []);
            if (node.Limit <= known)
                continue;
            if (!isSolved)
                return Math.Max(unresolved, open.TryPeek(out var next, out _) ? Math.Max(next.Limit, node.Limit) : node.Limit);
            known = Math.Max(known, round(_planned));
            if (node.Limit <= known)
                continue;
            if (Fraction() is not { } cut)
            {
                unresolved = Math.Max(unresolved, node.Limit);
                continue;
            }

            var basis = _program.Basis.ToArray();
            foreach (var atMost in new[] { true, false })
            {
                var restriction = cut with { AtMost = atMost, Limit = atMost ? cut.Limit : cut.Limit + 1 };
                open.Enqueue(new Node([.. node.Restrictions, restriction], node.Limit, basis, node.Depth + 1), (-node.Limit, -node.Depth - 1, ++made));
            }
        }

        return Math.Max(known, unresolved);
    }

    /// <summary>Adds sets until none is worth adding, or the node's limit says enough; false where the effort ends before.</summary>
    private bool Solve(Objective objective, Node node, int known, long last, IEnumerable<FormedGroup> formed)
    {
        _program.Begin(objective, node.Restrictions, node.Basis);
        foreach (var group in formed)
            TakeIn(group);
        var some = Some(_program.Basis.Length);
        var most = some;
        while (true)
        {
            _rounds++;
            if (!_program.Optimize(most))
                return false;
            _prices.Set(_program.Duals, objective, node.Restrictions, clamped: true);
            var limit = (int)Math.Floor(Math.Clamp(_prices.Bound(_program.Duals, node.Restrictions), -1e9, 1e9) + 1e-6);
            node.Limit = Math.Min(node.Limit, limit);
            if (node.Limit <= known)
                return true;
            var added = _prices.AddBest(_sets);
            if (T) Console.Error.WriteLine($"#   {_watch.Elapsed.TotalMilliseconds:0} round {_rounds} pivots {_program.Pivots} worth {_program.Worth:0.000} bound {_prices.Bound(_program.Duals, node.Restrictions):0.000} added {added}");
            if (added == 0 && most == some)
            {
                most = int.MaxValue;
                continue;
            }

            most = some;
            if (added == 0 || (_program.KeepsRestrictions && node.Limit <= Math.Floor(_program.Worth + 1e-6)))
            {
                Plan();
                if (!SeparateMeetings(node))
                    return true;
                _program.Begin(objective, node.Restrictions, _program.Basis.ToArray());
            }

            if (_program.Work > last)
                return false;
        }
    }
    static bool T = Environment.GetEnvironmentVariable("T") is not null;
    static int Some(int rows) => int.Parse(Environment.GetEnvironmentVariable("SOME") ?? "100000") * rows / 100;

    private void TakeIn(FormedGroup group)
    {
        // TODO
        var leader = group.Leader is { } l ? Array.IndexOf(_space.Leaders, l) : None;
        var members = group.Participants.Select(p => Array.IndexOf(_space.Participants, p)).ToArray();
        _sets.Add(group.Slot, members.Count(p => !_space.RegularStarts[p].Contains(group.Slot)), members);
        _program.TakeIn(_sets.Count - 1, leader == None ? None : Array.FindIndex(_posts, p => p.Leader == leader));
    }

    private void Plan()
    {
        Array.Clear(_share);
        _planned.Clear();
        var basis = _program.Basis;
        for (var i = 0; i < basis.Length; i++)
        {
            if (basis[i].Kind != BasicKind.Set || _program.Value(i) < 1e-5)
                continue;
            var (slot, leader) = (_sets.Slot(basis[i].Index), basis[i].Post == None ? None : _posts[basis[i].Post].Leader);
            _planned.Add(new PlannedGroup(slot, leader, _program.Value(i), basis[i].Index));
            _share[Math.Max(0, leader) * SlotSet.SlotsPerWeek + slot] += _program.Value(i);
        }
    }

    /// <summary>Forbids what one leader cannot do: half a group here and three quarters of another that overlaps; false where there is no such thing.</summary>
    private bool SeparateMeetings(Node node)
    {
        var found = false;
        for (var l = 0; l < _space.Leaders.Length; l++)
        {
            if (_space.LeaderCapacity[l] < 2)
                continue;
            for (var slot = 0; slot < SlotSet.SlotsPerWeek; slot++)
            {
                // All meetings that begin within one length cover the last of their starts.
                var (sum, together) = (0.0, default(SlotSet));
                for (var after = 0; after < _space.SlotsPerMeeting && after < SlotSet.SlotsPerWeek; after++)
                {
                    var other = (slot + after) % SlotSet.SlotsPerWeek;
                    together.Add(other);
                    sum += _share[l * SlotSet.SlotsPerWeek + other];
                }

                if (sum <= 1 + 1e-4)
                    continue;
                node.Restrictions = [.. node.Restrictions, new Restriction(Measure.Groups, together, l, true, 1)];
                found = true;
                slot += _space.SlotsPerMeeting - 1;
            }
        }

        return found;
    }

    /// <summary>The part of the week in which the program has the most fractional number of groups, the largest such part first.</summary>
    private Restriction? Fraction()
    {
        Restriction? best = null;
        var most = 1e-4;
        foreach (var width in Widths)
        {
            for (var first = 0; first < SlotSet.SlotsPerWeek; first += width)
            {
                var all = 0.0;
                for (var l = 0; l * SlotSet.SlotsPerWeek < _share.Length; l++)
                {
                    var sum = 0.0;
                    foreach (var share in _share.AsSpan(l * SlotSet.SlotsPerWeek + first, width))
                        sum += share;
                    all += sum;
                    if (_space.Leaders.Length > 0)
                        Consider(sum, first, width, l);
                }

                Consider(all, first, width, Restriction.Anybody);
            }

            if (most > 0.1)
                break;
        }

        return best;

        void Consider(double sum, int first, int width, int leader)
        {
            var down = Math.Floor(sum);
            var off = Math.Min(sum - down, down + 1 - sum) * (leader == Restriction.Anybody ? 1.2 : 1);
            if (off <= most)
                return;
            most = off;
            var slots = default(SlotSet);
            for (var slot = first; slot < first + width; slot++)
                slots.Add(slot);
            best = new Restriction(Measure.Groups, slots, leader, true, (int)down);
        }
    }

    private sealed class Node(List<Restriction> restrictions, int limit, Basic[] basis, int depth)
    {
        public List<Restriction> Restrictions { get; set; } = restrictions;

        public int Limit { get; set; } = limit;

        public Basic[] Basis { get; } = basis;

        public int Depth { get; } = depth;
    }
}
