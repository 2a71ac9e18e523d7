using System.Runtime.CompilerServices;

namespace Cohorts.Scheduling.Search;

/// <summary>
/// A price for each person's one seat, for each post, and for each restriction. Whatever they are, they prove a bound
/// (Lagrange): what all groups together are worth at these prices, each at its best, plus what all places cost.
/// At good prices the bound is nearly tight, and the groups that are best at them are the ones to build with.
/// </summary>
internal sealed class Prices
{
    private const int None = -1;

    /// <summary>A value below this is rounding.</summary>
    public const double Tolerance = 1e-7;

    private readonly SearchSpace _space;
    private readonly Post[] _posts;
    private readonly int[][] _starters;
    private readonly int _fewest;
    private readonly int _most;
    private readonly double[] _person;
    private readonly double[] _post;
    private readonly double[] _slot = new double[SlotSet.SlotsPerWeek];
    private readonly double[] _leaderSlot;
    private readonly double[] _leads;
    private readonly int[] _postsAt;
    private readonly int[] _postCount = new int[SlotSet.SlotsPerWeek];
    private readonly double[] _seats = new double[SlotSet.SlotsPerWeek];
    private readonly double[] _lead = new double[SlotSet.SlotsPerWeek];
    private readonly int[] _bestPost = new int[SlotSet.SlotsPerWeek];
    private readonly int[] _size = new int[SlotSet.SlotsPerWeek];
    private readonly int[] _chosen;
    private readonly double[] _values;
    private readonly int _width;
    private SlotSet[] _starts = [];
    private SlotSet _anyStarts;
    private bool _leadersDiffer;
    private double _placed;
    private double _ifNeeded;

    public Prices(SearchSpace space, Post[] posts)
    {
        _space = space;
        _posts = posts;
        _fewest = space.Facts.FewestParticipants;
        _starters = new int[SlotSet.SlotsPerWeek][];
        var largest = 0;
        for (var slot = 0; slot < SlotSet.SlotsPerWeek; slot++)
        {
            var here = slot;
            // Whether it would be an if-needed seat is the last bit.
            _starters[slot] =
            [
                .. Enumerable.Range(0, space.Participants.Length)
                    .Where(p => space.Starts[p].Contains(here))
                    .Select(p => p << 1 | (space.RegularStarts[p].Contains(here) ? 0 : 1)),
            ];
            largest = Math.Max(largest, _starters[slot].Length);
        }

        _most = Math.Min(space.Facts.MostParticipants, largest);
        _width = Math.Max(1, _most);
        _chosen = new int[SlotSet.SlotsPerWeek * _width];
        _values = new double[_width];
        _person = new double[space.Participants.Length];
        _post = new double[posts.Length];
        _leaderSlot = new double[space.Leaders.Length * SlotSet.SlotsPerWeek];
        _leads = new double[posts.Length * SlotSet.SlotsPerWeek];
        _postsAt = new int[_leads.Length];
    }

    /// <summary>Prices of the same cohort.</summary>
    public Prices(Prices other)
    {
        _space = other._space;
        _posts = other._posts;
        _fewest = other._fewest;
        _starters = other._starters;
        _most = other._most;
        _width = other._width;
        _chosen = [];
        _values = [];
        _person = new double[other._person.Length];
        _post = new double[other._post.Length];
        _leaderSlot = new double[other._leaderSlot.Length];
        _leads = new double[other._leads.Length];
        _postsAt = new int[_leads.Length];
    }

    /// <summary>What leading at the start is worth at these prices, by post; nothing meaningful for a post without that start.</summary>
    public ReadOnlySpan<double> LeadsAt(int slot) => _leads.AsSpan(slot * _posts.Length, _posts.Length);

    public SlotSet[] Starts => _starts;

    /// <summary>What the best group at the start, without its leader, is worth at these prices.</summary>
    public double LeadAt(int slot) => _lead[slot];

    /// <summary>The post that leads at the start at the best price, −1 where nobody leads.</summary>
    public int PostAt(int slot) => _bestPost[slot];

    public double WorthOfPlace => _placed;

    public double CostOfIfNeeded => _ifNeeded;

    /// <summary>Sets the starts that are left to each post, or, where nobody leads, to all groups.</summary>
    public void Allow(SlotSet[] starts)
    {
        _starts = starts;
        _anyStarts = default;
        foreach (var some in starts)
            _anyStarts |= some;
        Array.Clear(_postCount);
        for (var j = 0; j < _posts.Length; j++)
        {
            foreach (var slot in starts[j])
                _postsAt[slot * _posts.Length + _postCount[slot]++] = j;
        }

        SetLeads();
    }

    /// <summary>The posts that are left at the start.</summary>
    public ReadOnlySpan<int> PostsAt(int slot) => _postsAt.AsSpan(slot * _posts.Length, _postCount[slot]);

    /// <param name="duals">One per participant, per post, per restriction, in this order.</param>
    /// <param name="clamped">Whether a price below zero counts as zero: a bound needs that.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Set(ReadOnlySpan<double> duals, Objective objective, List<Restriction> restrictions, bool clamped)
    {
        var at = 0;
        for (var p = 0; p < _person.Length; p++, at++)
            _person[p] = clamped ? Math.Max(0, duals[at]) : duals[at];
        for (var j = 0; j < _post.Length; j++, at++)
            _post[j] = clamped ? Math.Max(0, duals[at]) : duals[at];
        _placed = objective.Placed;
        _ifNeeded = objective.IfNeeded;
        Array.Fill(_slot, objective.Groups);
        if (_leadersDiffer)
            Array.Clear(_leaderSlot);
        _leadersDiffer = false;
        foreach (var restriction in restrictions)
        {
            var price = (clamped ? Math.Max(0, duals[at]) : duals[at]) * restriction.Sign;
            at++;
            if (price == 0)
                continue;
            switch (restriction.Of)
            {
                case Measure.Placed:
                    _placed -= price;
                    break;
                case Measure.IfNeeded:
                    _ifNeeded += price;
                    break;
                case Measure.Groups when restriction.Leader == Restriction.Anybody:
                    foreach (var slot in restriction.Slots)
                        _slot[slot] += price;
                    break;
                default:
                    _leadersDiffer = true;
                    foreach (var slot in restriction.Slots)
                        _leaderSlot[restriction.Leader * SlotSet.SlotsPerWeek + slot] += price;
                    break;
            }
        }

        SetLeads();
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void SetLeads()
    {
        Array.Fill(_bestPost, None);
        if (!_space.Facts.Led)
        {
            Array.Fill(_lead, double.NegativeInfinity);
            foreach (var slot in _anyStarts)
                _lead[slot] = -_slot[slot];
            return;
        }

        Array.Fill(_lead, double.NegativeInfinity);
        for (var j = 0; j < _posts.Length; j++)
        {
            foreach (var slot in _starts[j])
            {
                var lead = Lead(j, slot);
                _leads[slot * _posts.Length + j] = lead;
                if (lead > _lead[slot])
                    (_lead[slot], _bestPost[slot]) = (lead, j);
            }
        }
    }

    private double Lead(int post, int slot)
    {
        var leader = _posts[post].Leader;
        return (_posts[post].PlacesLeader ? _placed : 0)
            - (_space.LeaderRegularStarts[leader].Contains(slot) ? 0 : _ifNeeded)
            - _post[post]
            - _slot[slot]
            - (_leadersDiffer ? _leaderSlot[leader * SlotSet.SlotsPerWeek + slot] : 0);
    }

    /// <summary>The bound that these prices (clamped ones) prove. No grouping that keeps the restrictions is worth more.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public double Bound(ReadOnlySpan<double> duals, List<Restriction> restrictions)
    {
        var bound = 0.0;
        foreach (var price in _person)
            bound += price;
        for (var j = 0; j < _post.Length; j++)
            bound += _post[j] * _posts[j].Capacity;
        var at = _person.Length + _post.Length;
        foreach (var restriction in restrictions)
            bound += Math.Max(0, duals[at++]) * restriction.Sign * restriction.Limit;

        foreach (var slot in _anyStarts)
            _seats[slot] = ChooseAt(slot);
        if (!_space.Facts.Led)
        {
            foreach (var slot in _anyStarts)
            {
                if (_seats[slot] + _lead[slot] is > 0 and var worth)
                    bound += worth * (_starters[slot].Length / _fewest);
            }

            return bound;
        }

        for (var j = 0; j < _posts.Length; j++)
        {
            var best = 0.0;
            foreach (var slot in _starts[j])
                best = Math.Max(best, _seats[slot] + Lead(j, slot));
            bound += best * _posts[j].Capacity;
        }

        return bound;
    }

    /// <summary>
    /// The starts without those at which no group can be in a grouping worth what is needed: its price alone makes the bound
    /// fall below. <see cref="Bound"/> comes first.
    /// </summary>
    public SlotSet[] Without(double bound, int needed)
    {
        var left = new SlotSet[_starts.Length];
        for (var j = 0; j < left.Length; j++)
        {
            // A post's group here is one that it does not lead elsewhere; where nobody leads, it takes the place of none.
            var best = 0.0;
            if (_space.Facts.Led)
            {
                foreach (var slot in _starts[j])
                    best = Math.Max(best, GainAt(j, slot));
            }

            foreach (var slot in _starts[j])
            {
                if (bound - best + GainAt(j, slot) + 1e-5 >= needed)
                    left[j].Add(slot);
            }
        }

        return left;
    }

    private double GainAt(int post, int slot) => _seats[slot] + (_space.Facts.Led ? Lead(post, slot) : _lead[slot]);

    /// <summary>Adds the best set of each start that is worth something beside its leader; how many. <see cref="Bound"/> comes first.</summary>
    public int AddBest(SeatSets sets)
    {
        var added = 0;
        foreach (var slot in _anyStarts)
        {
            if (_seats[slot] + _lead[slot] <= 10 * Tolerance)
                continue;
            var members = _chosen.AsSpan(slot * _width, _size[slot]);
            var ifNeeded = 0;
            foreach (var p in members)
                ifNeeded += _space.RegularStarts[p].Contains(slot) ? 0 : 1;
            sets.Add(slot, ifNeeded, members);
            added++;
        }

        return added;
    }

    /// <summary>The participants worth most at the start, as many as are worth anything and at least as many as a group needs; their worth.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private double ChooseAt(int slot)
    {
        var (size, last) = (0, double.NegativeInfinity);
        var members = _chosen.AsSpan(slot * _width, _width);
        if (_most == 0)
        {
            _size[slot] = 0;
            return 0;
        }

        foreach (var starter in _starters[slot])
        {
            var value = _placed - ((starter & 1) == 0 ? 0 : _ifNeeded) - _person[starter >> 1];
            if (size == _most && value <= last)
                continue;
            var i = size < _most ? size++ : size - 1;
            for (; i > 0 && _values[i - 1] < value; i--)
            {
                _values[i] = _values[i - 1];
                members[i] = members[i - 1];
            }

            _values[i] = value;
            members[i] = starter >> 1;
            last = _values[size - 1];
        }

        while (size > _fewest && _values[size - 1] <= 0)
            size--;
        var worth = 0.0;
        for (var i = 0; i < size; i++)
            worth += _values[i];
        _size[slot] = size;
        return worth;
    }
}
