using System.Runtime.CompilerServices;

namespace Cohorts.Scheduling.Search;

/// <summary>
/// The pricing problem at given dual values: per block the column with the largest reduced cost. Whatever the dual values are, they prove a bound
/// (Lagrange): what all blocks together are worth at them, each at its best, plus the dual values times the right-hand sides.
/// </summary>
internal sealed class Pricing
{
    private const int None = -1;

    /// <summary>A reduced cost below this is rounding.</summary>
    public const double Tolerance = 1e-7;

    private readonly MasterProblem _master;
    private readonly SearchSpace _space;
    private readonly Block[] _blocks;
    private readonly double[] _dual;
    private readonly double[] _leads;
    private readonly int[] _firstLead;
    private readonly double[] _value;
    private readonly double[] _seats;
    private readonly int[] _bestPost;
    private readonly double[] _bestOfPost;
    private readonly BlockChoice[] _choices;
    private readonly double[] _candidateValues;
    private readonly double[] _openLeads;
    private readonly double[] _leaderSlot;
    private readonly List<(int Participant, SlotSet Slots, double Price)> _seatPrices = [];
    private readonly bool[] _sits;
    private readonly bool[] _placesAnew;
    private readonly SlotSet[] _starts;
    private bool _leadersDiffer;

    public Pricing(MasterProblem master)
    {
        _master = master;
        _space = master.Space;
        _blocks = master.Blocks;
        _dual = new double[master.Rows];
        _firstLead = new int[_blocks.Length + 1];
        for (var b = 0; b < _blocks.Length; b++)
            _firstLead[b + 1] = _firstLead[b] + _blocks[b].Posts.Length;
        _leads = new double[_firstLead[^1]];
        _value = new double[_blocks.Length];
        _seats = new double[_blocks.Length];
        _bestOfPost = new double[master.Posts.Length];
        _starts = new SlotSet[_space.Facts.Led ? master.Posts.Length : 1];
        _bestPost = new int[_blocks.Length];
        _choices = [.. _blocks.Select(b => new BlockChoice(b))];
        _candidateValues = new double[_blocks.Select(b => b.Candidates.Length).DefaultIfEmpty().Max()];
        _openLeads = new double[_space.Slots];
        _leaderSlot = new double[_space.Leaders.Length * _space.Slots];
        _sits = [.. _space.Participants.Select((_, p) => master.Sits(p))];
        _placesAnew = [.. _space.Participants.Select((_, p) => master.PlacesAnew(p))];
    }

    /// <summary>The weight of each measure, dual values of restrictions taken in.</summary>
    public double Placed { get; private set; }

    public double Moves { get; private set; }

    public double IfNeeded { get; private set; }

    public double Groups { get; private set; }

    public double Squares { get; private set; }

    /// <summary>Per post the slots left to it; where nobody leads one set for all.</summary>
    public ReadOnlySpan<SlotSet> Starts => _starts;

    /// <summary>What a column of the block is worth beside its candidates, with the best post; minus infinity where no post is left.</summary>
    public double ValueOf(int block) => _value[block];

    /// <summary>The best post of a block, −1 where nobody leads.</summary>
    public int PostOf(int block) => _bestPost[block];

    /// <summary>What a column of the block is worth beside its candidates, by position of the post.</summary>
    public ReadOnlySpan<double> LeadsOf(int block) => _leads.AsSpan(_firstLead[block], _blocks[block].Posts.Length);

    public bool HasSeatPrices => _seatPrices.Count > 0;

    /// <summary>Sets the slots of new groups that are left to each post, or, where nobody leads, to all groups. Dual values come after.</summary>
    public void Allow(ReadOnlySpan<SlotSet> starts) => starts.CopyTo(_starts);

    public bool IsAllowed(int block, int post) =>
        _blocks[block].Kind != BlockKind.New || _starts[_space.Facts.Led ? post : 0].Contains(_blocks[block].Slot);

    /// <param name="duals">One per row of the master problem, then one per restriction.</param>
    /// <param name="clamped">Whether a value below zero of an "at most" counts as zero: a bound needs that.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Set(ReadOnlySpan<double> duals, Objective objective, List<Restriction> restrictions, bool clamped)
    {
        for (var row = 0; row < _dual.Length; row++)
            _dual[row] = clamped && !_master.IsEquality[row] ? Math.Max(0, duals[row]) : duals[row];
        (Placed, Moves, IfNeeded, Groups, Squares) = (objective.Placed, objective.Moves, objective.IfNeeded, objective.Groups, objective.Squares);
        Array.Clear(_openLeads);
        if (_leadersDiffer)
            Array.Clear(_leaderSlot);
        _leadersDiffer = false;
        _seatPrices.Clear();
        List<(int Standing, BlockKind Kind, double Price)>? changes = null;
        for (var r = 0; r < restrictions.Count; r++)
        {
            var restriction = restrictions[r];
            var dual = duals[_dual.Length + r];
            var price = (clamped ? Math.Max(0, dual) : dual) * restriction.Sign;
            if (price != 0)
                SetPrice(restriction, price, ref changes);
        }

        for (var b = 0; b < _blocks.Length; b++)
            SetValue(b, changes);
    }

    /// <summary>The bound that these dual values (clamped ones) prove: no grouping that keeps the restrictions is worth more.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public double Bound(ReadOnlySpan<double> duals, List<Restriction> restrictions)
    {
        var bound = 0.0;
        for (var row = 0; row < _dual.Length; row++)
            bound += _dual[row] * _master.Limits[row];
        for (var r = 0; r < restrictions.Count; r++)
            bound += Math.Max(0, duals[_dual.Length + r]) * restrictions[r].Sign * restrictions[r].Limit;
        for (var b = 0; b < _blocks.Length; b++)
            _seats[b] = double.IsNegativeInfinity(_value[b]) ? double.NegativeInfinity : Choose(b);

        foreach (var blocks in _master.BlocksOfStanding)
        {
            var best = 0.0;
            foreach (var b in blocks)
                best = Math.Max(best, _seats[b] + _value[b]);
            bound += best;
        }

        for (var b = 0; b < _blocks.Length; b++)
        {
            if (_blocks[b].Kind == BlockKind.LosePlace)
                bound += Math.Max(0, _value[b] + _seats[b]);
        }

        if (!_space.Facts.Led)
        {
            foreach (var b in _master.NewBlocks)
            {
                if (_seats[b] + _value[b] is > 0 and var worth)
                    bound += worth * (_blocks[b].Candidates.Length / _blocks[b].Fewest);
            }

            return bound;
        }

        FindBestOfPosts();
        for (var post = 0; post < _bestOfPost.Length; post++)
            bound += _bestOfPost[post] * _master.Posts[post].Capacity;
        return bound;
    }

    /// <summary>
    /// Takes away the slots of new groups at which no group can be in a grouping worth what is needed: its reduced cost alone makes the bound
    /// fall below. <see cref="Bound"/> comes first, dual values are set again after.
    /// </summary>
    public void FixByReducedCost(double bound, int needed)
    {
        foreach (var b in _master.NewBlocks)
        {
            var block = _blocks[b];
            if (!_space.Facts.Led)
            {
                if (IsAllowed(b, 0) && bound + _seats[b] + _value[b] + 1e-5 < needed)
                    _starts[0].Remove(block.Slot);
                continue;
            }

            for (var i = 0; i < block.Posts.Length; i++)
            {
                // A group of a post here is one that it does not lead elsewhere.
                var post = block.Posts[i];
                if (IsAllowed(b, post) && bound - _bestOfPost[post] + _seats[b] + _leads[_firstLead[b] + i] + 1e-5 < needed)
                    _starts[post].Remove(block.Slot);
            }
        }
    }

    /// <summary>Adds the best column of each block whose reduced cost is above zero; how many. <see cref="Bound"/> comes first.</summary>
    public int AddBest(ColumnPool columns)
    {
        var added = 0;
        for (var b = 0; b < _blocks.Length; b++)
        {
            if (double.IsNegativeInfinity(_value[b]) || _choices[b].Worth + _value[b] <= 10 * Tolerance)
                continue;
            columns.Add(b, _choices[b].Chosen);
            added++;
        }

        return added;
    }

    private void SetPrice(Restriction restriction, double price, ref List<(int Standing, BlockKind Kind, double Price)>? changes)
    {
        switch (restriction.Of)
        {
            case Measure.Placed:
                Placed -= price;
                break;
            case Measure.Moves:
                Moves += price;
                break;
            case Measure.IfNeeded:
                IfNeeded += price;
                break;
            case Measure.Groups:
                Groups += price;
                break;
            case Measure.Leads when restriction.Index == Restriction.Anybody:
                foreach (var slot in restriction.Slots)
                    _openLeads[slot] += price;
                break;
            case Measure.Leads:
                _leadersDiffer = true;
                foreach (var slot in restriction.Slots)
                    _leaderSlot[restriction.Index * _space.Slots + slot] += price;
                break;
            case Measure.Seats:
                _seatPrices.Add((restriction.Index, restriction.Slots, price));
                break;
            default:
                (changes ??= []).Add((restriction.Index, restriction.Kind, price));
                break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void SetValue(int b, List<(int Standing, BlockKind Kind, double Price)>? changes)
    {
        var block = _blocks[b];
        var value = block.Placed * Placed - block.Groups * Groups;
        for (var i = 0; i < block.Rows.Length; i++)
            value -= block.Coefficients[i] * _dual[block.Rows[i]];
        if (block.Kind == BlockKind.New)
        {
            value -= _openLeads[block.Slot];
        }
        else if (block.Kind == BlockKind.Dissolve && _leadersDiffer && _space.Standing[block.Standing].Facilitator is >= 0 and var person
            && _space.LeaderOf[person] is >= 0 and var leader)
        {
            value += _leaderSlot[leader * _space.Slots + block.Slot];
        }

        if (changes is not null && block.Standing != None)
        {
            foreach (var (standing, kind, price) in changes)
                value -= standing == block.Standing && kind == block.Kind ? price : 0;
        }

        _bestPost[b] = None;
        if (block.Posts.Length == 0)
        {
            _value[b] = block.Kind == BlockKind.New && !IsAllowed(b, 0) ? double.NegativeInfinity : value;
            return;
        }

        var best = double.NegativeInfinity;
        for (var i = 0; i < block.Posts.Length; i++)
        {
            var post = block.Posts[i];
            if (block.Kind == BlockKind.New && !_starts[post].Contains(block.Slot))
            {
                _leads[_firstLead[b] + i] = double.NegativeInfinity;
                continue;
            }

            var lead = value + Lead(post, block.Slot);
            _leads[_firstLead[b] + i] = lead;
            if (lead > best)
                (best, _bestPost[b]) = (lead, post);
        }

        _value[b] = best;
    }

    private double Lead(int post, int slot)
    {
        var of = _master.Posts[post];
        var lead = of.PlacesLeader ? Placed : 0;
        for (var i = 0; i < of.Rows.Length; i++)
            lead -= of.Coefficients[i] * _dual[of.Rows[i]];
        if (of.IsNewSeat)
        {
            lead -= _space.LeaderRegularStarts[of.Leader].Contains(slot) ? 0 : IfNeeded;
            lead -= _leadersDiffer ? _leaderSlot[of.Leader * _space.Slots + slot] : 0;
        }

        return lead;
    }

    /// <summary>The most that the candidates of a block are worth at most; the best choice itself is kept.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private double Choose(int b)
    {
        var block = _blocks[b];
        var values = _candidateValues.AsSpan(0, block.Candidates.Length);
        var constant = 0.0;
        for (var i = 0; i < values.Length; i++)
        {
            var p = block.Candidates[i];
            if (block.Kept[i])
            {
                values[i] = -_dual[p];
                constant += _dual[p];
                continue;
            }

            values[i] = (_placesAnew[p] ? Placed : 0) - (_sits[p] ? Moves : 0) - (block.IfNeeded[i] ? IfNeeded : 0) - _dual[p];
        }

        foreach (var (participant, slots, price) in _seatPrices)
        {
            if (!slots.Contains(block.Slot))
                continue;
            var at = Array.LastIndexOf(block.Candidates, participant);
            if (at >= 0 && !block.Kept[at])
                values[at] -= price;
        }

        return _choices[b].Choose(values, Squares, constant);
    }

    /// <summary>Per post the best that a new group led by it is worth, where that is more than nothing.</summary>
    private void FindBestOfPosts()
    {
        Array.Clear(_bestOfPost);
        foreach (var b in _master.NewBlocks)
        {
            var posts = _blocks[b].Posts;
            for (var i = 0; i < posts.Length; i++)
                _bestOfPost[posts[i]] = Math.Max(_bestOfPost[posts[i]], _seats[b] + _leads[_firstLead[b] + i]);
        }
    }
}
