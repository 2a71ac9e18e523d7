using System.Runtime.CompilerServices;

namespace Cohorts.Scheduling.Search;

/// <summary>
/// The linear program over the seat sets found so far: each person at most once, each post at most its capacity, and the
/// restrictions. Revised simplex with an explicit inverse, held by columns: primal as
/// sets are added, dual where a restriction is. All arithmetic is element by element in a
/// fixed order, so that every machine gives the same digits. Limits are widened by some millionths, each a little differently,
/// against cycling; that never harms a proof, because <see cref="Prices.Bound"/> uses the true limits.
/// </summary>
internal sealed class LinearProgram
{
    /// <summary>What breaking a restriction by one costs; a restriction that nothing can keep is left broken.</summary>
    private const double Penalty = 1000;
    private const double SmallestPivot = 1e-8;
    private const int Candidates = 24;
    private const int None = -1;

    private readonly SearchSpace _space;
    private readonly Post[] _posts;
    private readonly SeatSets _sets;
    private readonly Prices _prices;
    private readonly Prices _rowPrices;
    private readonly SearchWatch _watch;
    private readonly int _plainRows;

    private readonly BasisInverse _inverse = new();
    private readonly int[] _candidateSet = new int[Candidates];
    private readonly int[] _candidatePost = new int[Candidates];
    private readonly double[] _candidateGain = new double[Candidates];

    private Objective _objective;
    private List<Restriction> _restrictions = [];
    private int _rows;
    private long _work;
    private double[] _limit = [];
    private double[] _true = [];
    private double[] _value = [];
    private double[] _cost = [];
    private double[] _dual = [];
    private double[] _column = [];
    private double[] _rowOfInverse = [];
    private double[] _norms = [];
    private Basic[] _basis = [];

    public LinearProgram(SearchSpace space, Post[] posts, SeatSets sets, Prices prices, SearchWatch watch)
    {
        _space = space;
        _posts = posts;
        _sets = sets;
        _prices = prices;
        _rowPrices = new Prices(prices);
        _watch = watch;
        _plainRows = space.Participants.Length + posts.Length;
    }

    /// <summary>Multiplications done, roughly: the effort, the same on every machine.</summary>
    public long Work => _work + _inverse.Work;

    public ReadOnlySpan<double> Duals => _dual.AsSpan(0, _rows);

    public ReadOnlySpan<Basic> Basis => _basis.AsSpan(0, _rows);

    public double Value(int row) => _value[row];

    /// <summary>The value of the program at the true limits.</summary>
    public double Worth
    {
        get
        {
            var worth = 0.0;
            for (var i = 0; i < _rows; i++)
                worth += _dual[i] * _true[i];
            return worth;
        }
    }

    /// <summary>Whether no restriction is broken.</summary>
    public bool KeepsRestrictions
    {
        get
        {
            for (var i = 0; i < _rows; i++)
            {
                if (_basis[i].Kind == BasicKind.Breach && _value[i] > 1e-4)
                    return false;
            }

            return true;
        }
    }

    /// <summary>Begins from a basis of a program with fewer restrictions, or from nothing.</summary>
    public void Begin(Objective objective, List<Restriction> restrictions, ReadOnlySpan<Basic> basis)
    {
        _objective = objective;
        _restrictions = restrictions;
        _rows = _plainRows + restrictions.Count;
        if (_basis.Length < _rows)
        {
            var room = _rows + 32;
            _limit = new double[room];
            _true = new double[room];
            _value = new double[room];
            _cost = new double[room];
            _dual = new double[room];
            _column = new double[room];
            _rowOfInverse = new double[room];
            _norms = new double[room];
            _basis = new Basic[room];
        }

        _inverse.Rows = _rows;
        for (var i = 0; i < _rows; i++)
        {
            _true[i] = i < _space.Participants.Length ? 1
                : i < _plainRows ? _posts[i - _space.Participants.Length].Capacity
                : restrictions[i - _plainRows].Sign * restrictions[i - _plainRows].Limit;
            _limit[i] = _true[i] + 1e-6 * (1 + Jitter(i));
        }

        if (basis.IsEmpty)
        {
            FromNothing();
            Settle();
            return;
        }

        Reinstate(basis);
        if (!Repair())
        {
            Reinstate(basis);
            Settle();
        }
    }

    /// <summary>The inverse of a basis that was the best of a program with fewer restrictions.</summary>
    private void Reinstate(ReadOnlySpan<Basic> basis)
    {
        FromNothing();
        var slack = new bool[_rows];
        // Restrictions that the basis does not know are the last ones.
        for (var i = basis.Length; i < _rows; i++)
            slack[i] = true;
        foreach (var basic in basis)
        {
            if (basic.Kind != BasicKind.Set)
                slack[basic.Index] = true;
        }

        foreach (var basic in basis)
        {
            if (basic.Kind != BasicKind.Set)
                continue;
            Reinstate(basic, slack);
            _watch.ThrowIfCancelled();
        }
    }

    /// <summary>Takes a set in as far as the limits allow, whether it gains anything or not: a known grouping is a good beginning.</summary>
    public void TakeIn(int set, int post) => Enter(set, post, GainOf(set, post));

    private void FromNothing()
    {
        _inverse.Reset();
        for (var i = 0; i < _rows; i++)
            _basis[i] = new Basic(BasicKind.Slack, i, None);
    }

    private void Reinstate(Basic basic, bool[] slack)
    {
        FillColumn(basic.Index, basic.Post);
        var (row, largest) = (None, 1e-6);
        for (var i = 0; i < _rows; i++)
        {
            if (_basis[i].Kind != BasicKind.Set && !slack[i] && Math.Abs(_column[i]) > largest)
                (row, largest) = (i, Math.Abs(_column[i]));
        }

        // Rows of restrictions that were broken or tight may have to give way too.
        for (var i = _plainRows; row == None && i < _rows; i++)
        {
            if (_basis[i].Kind != BasicKind.Set && Math.Abs(_column[i]) > largest)
                (row, largest) = (i, Math.Abs(_column[i]));
        }

        if (row != None)
        {
            _inverse.Pivot(row, _column, _dual, 0);
            _basis[row] = basic;
        }
    }

    /// <summary>Values, costs and duals from the inverse; a restriction that is not kept gets its breach.</summary>
    private void Settle()
    {
        SetValues();
        var broken = false;
        for (var i = 0; i < _rows; i++)
        {
            if (_value[i] >= 0)
                continue;
            if (_basis[i].Kind == BasicKind.Slack && _basis[i].Index >= _plainRows)
            {
                Breach(i);
            }
            else if (_value[i] > -1e-7)
            {
                _value[i] = 0;
            }
            else
            {
                broken = true;
            }
        }

        if (broken)
        {
            FromNothing();
            for (var i = 0; i < _rows; i++)
            {
                _value[i] = _limit[i];
                if (_value[i] < 0)
                    Breach(i);
            }
        }

        SetDuals();
    }

    /// <summary>
    /// Dual simplex: while the prices stay right for the sets there are, others are taken in until all limits are kept. What cannot be
    /// kept so is left for a breach.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private bool Repair()
    {
        SetValues();
        SetDuals();
        for (var pivots = 0; pivots < 2 * _rows; pivots++)
        {
            // The row whose limit is broken most, measured along its edge.
            var norms = _norms.AsSpan(0, _rows);
            _inverse.SquareRows(norms);
            var (row, least) = (None, 0.0);
            for (var i = 0; i < _rows; i++)
            {
                if (_value[i] < -1e-7 && _value[i] * _value[i] / norms[i] is var broken && broken > least)
                    (row, least) = (i, broken);
            }

            if (row == None)
            {
                for (var i = 0; i < _rows; i++)
                    _value[i] = Math.Max(0, _value[i]);
                return true;
            }

            if (FindRepair(row) is not { } entering || (pivots % 8 == 7 && !_watch.GoOn()))
                return false;
            if (entering.Kind == BasicKind.Slack)
                _inverse.Column(entering.Index).CopyTo(_column);
            else
                FillColumn(entering.Index, entering.Post);
            if (_column[row] > -SmallestPivot)
                return false;
            var gain = entering.Kind == BasicKind.Slack ? -_dual[entering.Index] : GainOf(entering.Index, entering.Post);
            var step = _value[row] / _column[row];
            Vectors.AddTimes(_value.AsSpan(0, _rows), _column.AsSpan(0, _rows), -step);
            _inverse.Pivot(row, _column, _dual, gain);
            _value[row] = step;
            _basis[row] = entering;
        }

        return false;
    }

    /// <summary>What to take in for a row below zero, so that no gain rises above zero; null where nothing raises the row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private Basic? FindRepair(int row)
    {
        _inverse.CopyRow(row, _rowOfInverse);
        _prices.Set(_dual.AsSpan(0, _rows), _objective, _restrictions, clamped: false);
        _rowPrices.Allow(_prices.Starts);
        _rowPrices.Set(_rowOfInverse.AsSpan(0, _rows), default, _restrictions, clamped: false);
        Basic? best = null;
        var (least, largest) = (double.PositiveInfinity, 0.0);
        for (var i = 0; i < _rows; i++)
            Consider(BasicKind.Slack, i, None, -_dual[i], _rowOfInverse[i]);
        for (var set = 0; set < _sets.Count; set++)
        {
            var slot = _sets.Slot(set);
            var bestLead = _prices.LeadAt(slot);
            if (double.IsNegativeInfinity(bestLead))
                continue;
            var members = _sets.Members(set);
            var gain = _prices.WorthOfPlace * members.Length - _prices.CostOfIfNeeded * _sets.IfNeeded(set);
            var pivot = _rowPrices.CostOfIfNeeded * _sets.IfNeeded(set) - _rowPrices.WorthOfPlace * members.Length;
            foreach (var p in members)
            {
                gain -= _dual[p];
                pivot += _rowOfInverse[p];
            }

            if (_posts.Length == 0)
            {
                Consider(BasicKind.Set, set, None, gain + bestLead, pivot - _rowPrices.LeadAt(slot));
                continue;
            }

            var leads = _prices.LeadsAt(slot);
            var rowLeads = _rowPrices.LeadsAt(slot);
            foreach (var post in _prices.PostsAt(slot))
                Consider(BasicKind.Set, set, post, gain + leads[post], pivot - rowLeads[post]);
        }

        _work += 2 * _sets.Seats + 8 * _sets.Count;
        return best;

        void Consider(BasicKind kind, int index, int post, double gain, double pivot)
        {
            if (pivot > -1e-6)
                return;
            var ratio = Math.Min(0, gain) / pivot;
            if (ratio < least - 1e-9 || (ratio < least + 1e-9 && -pivot > largest))
                (best, least, largest) = (new Basic(kind, index, post), Math.Min(least, ratio), -pivot);
        }
    }

    private void Breach(int row)
    {
        _basis[row] = new Basic(BasicKind.Breach, _basis[row].Index, None);
        _value[row] = -_value[row];
        _inverse.NegateRow(row);
    }

    private void SetValues()
    {
        Array.Clear(_value, 0, _rows);
        for (var c = 0; c < _rows; c++)
            Vectors.AddTimes(_value.AsSpan(0, _rows), _inverse.Column(c), _limit[c]);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void SetDuals()
    {
        for (var i = 0; i < _rows; i++)
        {
            _cost[i] = _basis[i].Kind switch
            {
                BasicKind.Set => WorthOf(_basis[i].Index, _basis[i].Post),
                BasicKind.Breach => -Penalty,
                _ => 0,
            };
        }

        for (var c = 0; c < _rows; c++)
        {
            var column = _inverse.Column(c);
            var dual = 0.0;
            for (var i = 0; i < column.Length; i++)
            {
                if (_cost[i] != 0)
                    dual += _cost[i] * column[i];
            }

            _dual[c] = dual;
        }

        _work += (long)_rows * _rows;
    }

    /// <summary>0 to 1, another for each number.</summary>
    private static double Jitter(int number) => (uint)(number * 2654435761L) / 4294967296.0;
    private double WorthOf(int set, int post) =>
        (double)_objective.Placed * Placed(set, post) - (double)_objective.IfNeeded * IfNeeded(set, post) - _objective.Groups;

    private int Placed(int set, int post) => _sets.Size(set) + (post != None && _posts[post].PlacesLeader ? 1 : 0);

    private int IfNeeded(int set, int post) =>
        _sets.IfNeeded(set) + (post != None && !_space.LeaderRegularStarts[_posts[post].Leader].Contains(_sets.Slot(set)) ? 1 : 0);

    private int Coefficient(Restriction restriction, int set, int post)
    {
        if (!restriction.Counts(_sets.Slot(set), post == None ? None : _posts[post].Leader))
            return 0;
        return restriction.Sign * restriction.Of switch
        {
            Measure.Placed => Placed(set, post),
            Measure.IfNeeded => IfNeeded(set, post),
            _ => 1,
        };
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private double GainOf(int set, int post)
    {
        if (set < 0)
            return -_dual[~set];
        var gain = WorthOf(set, post);
        foreach (var p in _sets.Members(set))
            gain -= _dual[p];
        if (post != None)
            gain -= _dual[_space.Participants.Length + post];
        for (var r = 0; r < _restrictions.Count; r++)
        {
            if (_dual[_plainRows + r] != 0)
                gain -= _dual[_plainRows + r] * Coefficient(_restrictions[r], set, post);
        }

        return gain;
    }

    /// <summary>The best of the program over the sets there are; false where the time is up before.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public bool Optimize()
    {
        SetDuals();
        var pivots = 0;
        while (true)
        {
            var candidates = FindCandidates();
            var before = pivots;
            if (candidates == 0)
                return true;
            while (candidates > 0)
            {
                var (best, gain) = (None, Prices.Tolerance);
                for (var i = candidates - 1; i >= 0; i--)
                {
                    _candidateGain[i] = GainOf(_candidateSet[i], _candidatePost[i]);
                    if (_candidateGain[i] > gain)
                        (best, gain) = (i, _candidateGain[i]);
                }

                if (best == None)
                    break;
                if (!Enter(_candidateSet[best], _candidatePost[best], gain))
                {
                    candidates--;
                    (_candidateSet[best], _candidatePost[best]) = (_candidateSet[candidates], _candidatePost[candidates]);
                    continue;
                }

                if ((++pivots & 15) == 0 && !_watch.GoOn())
                    return false;
            }

            // Rounding alone keeps going round like that; the bound holds whatever the prices are.
            if (pivots == before || pivots > 200 * _rows + 20_000)
                return true;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int FindCandidates()
    {
        _prices.Set(_dual.AsSpan(0, _rows), _objective, _restrictions, clamped: false);
        var count = 0;
        for (var i = 0; i < _rows; i++)
        {
            if (-_dual[i] > Prices.Tolerance)
                Propose(ref count, ~i, None, -_dual[i]);
        }

        for (var set = 0; set < _sets.Count; set++)
        {
            var slot = _sets.Slot(set);
            var gain = _prices.LeadAt(slot) - _prices.CostOfIfNeeded * _sets.IfNeeded(set);
            var members = _sets.Members(set);
            gain += _prices.WorthOfPlace * members.Length;
            foreach (var p in members)
                gain -= _dual[p];
            if (gain > Prices.Tolerance)
                Propose(ref count, set, _prices.PostAt(slot), gain);
        }

        _work += _sets.Seats + 4 * _sets.Count;
        return count;
    }

    /// <summary>Keeps the best few, the best first.</summary>
    private void Propose(ref int count, int set, int post, double gain)
    {
        if (count == Candidates && gain <= _candidateGain[count - 1])
            return;
        var i = count < Candidates ? count++ : count - 1;
        for (; i > 0 && _candidateGain[i - 1] < gain; i--)
        {
            _candidateGain[i] = _candidateGain[i - 1];
            _candidateSet[i] = _candidateSet[i - 1];
            _candidatePost[i] = _candidatePost[i - 1];
        }

        (_candidateGain[i], _candidateSet[i], _candidatePost[i]) = (gain, set, post);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private bool Enter(int set, int post, double gain)
    {
        if (set < 0)
            _inverse.Column(~set).CopyTo(_column);
        else
            FillColumn(set, post);

        // The row that first reaches zero leaves; of equals the one with the largest pivot.
        var (row, step) = (None, double.PositiveInfinity);
        for (var i = 0; i < _rows; i++)
        {
            if (_column[i] <= SmallestPivot)
                continue;
            var ratio = _value[i] / _column[i];
            if (ratio < step - 1e-12 || (ratio < step + 1e-12 && _column[i] > _column[row]))
                (row, step) = (i, Math.Min(step, ratio));
        }

        if (row == None)
            return false;
        step = Math.Max(0, _value[row] / _column[row]);
        Vectors.AddTimes(_value.AsSpan(0, _rows), _column.AsSpan(0, _rows), -step);
        for (var i = 0; i < _rows; i++)
        {
            if (_value[i] < 0)
                _value[i] = 0;
        }

        _inverse.Pivot(row, _column, _dual, gain);
        _value[row] = step;
        _basis[row] = set < 0 ? new Basic(BasicKind.Slack, ~set, None) : new Basic(BasicKind.Set, set, post);
        return true;
    }

    /// <summary>The inverse times the column of a set with its leader, into <see cref="_column"/>.</summary>
    private void FillColumn(int set, int post)
    {
        var column = _column.AsSpan(0, _rows);
        column.Clear();
        foreach (var p in _sets.Members(set))
            Vectors.AddTimes(column, _inverse.Column(p), 1);
        if (post != None)
            Vectors.AddTimes(column, _inverse.Column(_space.Participants.Length + post), 1);
        for (var r = 0; r < _restrictions.Count; r++)
        {
            if (Coefficient(_restrictions[r], set, post) is var coefficient and not 0)
                Vectors.AddTimes(column, _inverse.Column(_plainRows + r), coefficient);
        }

        _work += 10L * _rows;
    }
}

internal enum BasicKind
{
    /// <summary>A seat set with a post that leads it.</summary>
    Set,

    /// <summary>What is left of a row's limit.</summary>
    Slack,

    /// <summary>By how much a restriction is broken.</summary>
    Breach,
}

/// <param name="Kind">What varies.</param>
/// <param name="Index">The seat set, or the row.</param>
/// <param name="Post">Who leads the set; −1 where nobody leads.</param>
internal readonly record struct Basic(BasicKind Kind, int Index, int Post);
