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

    /// <summary>
    /// Parts of the week, in slots, down to a single start. Eight hours decide much at once: with days and the week before
    /// them, up to forty times the cases were looked at.
    /// </summary>
    private static readonly int[] Widths = [16, 4, 1];

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
        _posts = space.Posts;
        _prices = new Prices(space, _posts);
        _program = new LinearProgram(space, _posts, _sets, _prices, watch);
        _share = new double[Math.Max(1, space.Leaders.Length) * SlotSet.SlotsPerWeek];
    }

    public SeatSets Sets => _sets;

    /// <summary>
    /// A proven limit of the objective over all groupings that keep the goals: what is known to be possible, where that is proven best.
    /// </summary>
    /// <param name="objective">What is to be large.</param>
    /// <param name="goals">What a grouping must keep.</param>
    /// <param name="begin">A grouping that keeps the goals.</param>
    /// <param name="known">What it is worth.</param>
    /// <param name="limit">A limit that holds in any case.</param>
    /// <param name="effort">How many multiplications may be spent on it.</param>
    /// <param name="round">Makes a grouping near a plan, and tells what is known to be possible then.</param>
    /// <param name="tell">Told the limit so far and the share of the effort spent.</param>
    public int Limit(
        Objective objective,
        List<Restriction> goals,
        IEnumerable<FormedGroup> begin,
        int known,
        int limit,
        long effort,
        Func<List<PlannedGroup>, int> round,
        Action<int, double> tell)
    {
        var (first, last) = (_program.Work, _program.Work + effort);
        var open = new PriorityQueue<Node, (int, int, int)>();
        var (made, unresolved) = (0, int.MinValue);
        open.Enqueue(new Node(goals, limit, [], Undominated(objective.IfNeeded != 0 || goals.Exists(g => g.Of == Measure.IfNeeded)), 0), default);
        while (open.TryDequeue(out var node, out _))
        {
            limit = Math.Max(node.Limit, unresolved);
            // Only of what is worth more than what is known does a case's limit speak.
            if (limit <= known)
                return known;
            tell(limit, (_program.Work - first) / (double)effort);
            if (_program.Work > last || !_watch.GoOn())
                return limit;
            var isSolved = Solve(objective, node, known, last, node.Depth == 0 ? begin : []);
            if (node.Limit > known && _planned.Count > 0)
                known = Math.Max(known, round(_planned));
            if (node.Limit <= known)
                continue;
            if (!isSolved)
                return Math.Max(Math.Max(node.Limit, unresolved), open.TryPeek(out var next, out _) ? next.Limit : known);
            if (Fraction() is not { } cut)
            {
                // Whole, and yet not what was found: only rounding can bring that about. The limit stands.
                unresolved = Math.Max(unresolved, node.Limit);
                continue;
            }

            var basis = _program.Basis.ToArray();
            foreach (var part in new[] { cut, cut with { AtMost = false, Limit = cut.Limit + 1 } })
            {
                open.Enqueue(
                    new Node([.. node.Restrictions, part], node.Limit, basis, node.Starts, node.Depth + 1),
                    (-node.Limit, -node.Depth - 1, ++made));
            }
        }

        return Math.Max(known, unresolved);
    }

    /// <summary>Adds sets until none is worth adding, or the node's limit says enough; false where the effort ends before.</summary>
    private bool Solve(Objective objective, Node node, int known, long last, IEnumerable<FormedGroup> begin)
    {
        _planned.Clear();
        _prices.Allow(node.Starts);
        _program.Begin(objective, node.Restrictions, node.Basis);
        foreach (var group in begin)
            TakeIn(group);
        while (true)
        {
            if (!_program.Optimize())
                return false;
            _prices.Set(_program.Duals, objective, node.Restrictions, clamped: true);
            var bound = Math.Clamp(_prices.Bound(_program.Duals, node.Restrictions), -1e9, 1e9);
            node.Limit = Math.Min(node.Limit, (int)Math.Floor(bound + 1e-6));
            if (node.Limit <= known)
                return true;
            node.Starts = _prices.Without(bound, known + 1);
            _prices.Allow(node.Starts);
            if (_prices.AddBest(_sets) == 0 || (_program.KeepsRestrictions && node.Limit <= Math.Floor(_program.Worth + 1e-6)))
            {
                Plan();
                if (!SeparateMeetings(node))
                    return true;
                _program.Begin(objective, node.Restrictions, _program.Basis.ToArray());
            }

            if (_program.Work > last)
            {
                Plan();
                return false;
            }
        }
    }

    private void TakeIn(FormedGroup group)
    {
        Span<int> members = group.Participants.Select(p => Array.IndexOf(_space.Participants, p)).ToArray();
        var ifNeeded = 0;
        foreach (var p in members)
            ifNeeded += _space.RegularStarts[p].Contains(group.Slot) ? 0 : 1;
        _sets.Add(group.Slot, ifNeeded, members);
        var post = group.Leader is { } leader ? Array.FindIndex(_posts, j => _space.Leaders[j.Leader] == leader) : None;
        _program.TakeIn(_sets.Count - 1, post);
    }

    /// <summary>
    /// The starts of each post less those for which another serves as well: everybody free there is free at the other, and
    /// no more of them only if needed where that counts.
    /// </summary>
    private SlotSet[] Undominated(bool ifNeededCounts)
    {
        var better = new SlotSet[SlotSet.SlotsPerWeek];
        foreach (var slot in _space.Facts.GroupStarts)
        {
            foreach (var other in _space.Facts.GroupStarts)
            {
                if (other != slot && Covers(slot, other) && (other < slot || !Covers(other, slot)))
                    better[slot].Add(other);
            }
        }

        if (!_space.Facts.Led)
            return [Best(_space.Facts.GroupStarts, default)];
        return
        [
            .. _posts.Select(post => _space.LeaderCapacity[post.Leader] > 1
                ? _space.LeaderStarts[post.Leader]
                : Best(_space.LeaderStarts[post.Leader], ifNeededCounts ? _space.LeaderRegularStarts[post.Leader] : default)),
        ];

        SlotSet Best(SlotSet starts, SlotSet regular)
        {
            var best = default(SlotSet);
            foreach (var slot in starts)
            {
                if (!better[slot].Overlaps(regular.Contains(slot) ? starts & regular : starts))
                    best.Add(slot);
            }

            return best;
        }

        bool Covers(int slot, int other)
        {
            for (var w = 0; w < _space.Words; w++)
            {
                if ((_space.StartersAt[slot * _space.Words + w] & ~_space.StartersAt[other * _space.Words + w]) != 0
                    || (ifNeededCounts && (_space.RegularStartersAt[slot * _space.Words + w] & ~_space.RegularStartersAt[other * _space.Words + w]) != 0))
                {
                    return false;
                }
            }

            return true;
        }
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

    private sealed class Node(List<Restriction> restrictions, int limit, Basic[] basis, SlotSet[] starts, int depth)
    {
        public List<Restriction> Restrictions { get; set; } = restrictions;

        public int Limit { get; set; } = limit;

        public Basic[] Basis { get; } = basis;

        /// <summary>The starts left to each post.</summary>
        public SlotSet[] Starts { get; set; } = starts;

        public int Depth { get; } = depth;
    }
}
