using System.Runtime.CompilerServices;

namespace Cohorts.Scheduling.Search;

/// <summary>
/// The restricted master problem: the linear program over the columns of the pool. Revised simplex with an explicit inverse, held by columns:
/// primal as columns are added, dual where a restriction is. All arithmetic is element by element in a
/// fixed order, so that every machine gives the same digits. Limits are widened by some millionths, each a little differently,
/// against cycling; that never harms a proof, because <see cref="Pricing.Bound"/> uses the true limits.
/// </summary>
internal sealed class LinearProgram
{
    private const double SmallestPivot = 1e-8;
    private const int None = -1;

    /// <summary>The most that the slack of an equation may be: above what its limit is widened by.</summary>
    private const double Loose = 4e-6;

    private readonly MasterProblem _master;
    private readonly ColumnPool _columns;
    private readonly Pricing _pricing;
    private readonly Pricing _rowPricing;
    private readonly CandidateList _candidates;
    private readonly SearchWatch _watch;
    private readonly int _plainRows;

    private readonly BasisInverse _inverse = new();

    private Objective _objective;
    private List<Restriction> _restrictions = [];
    private int _rows;
    private long _work;
    private double _penalty;
    private double[] _limit = [];
    private double[] _true = [];
    private double[] _value = [];
    private double[] _dual = [];
    private double[] _column = [];
    private double[] _rowOfInverse = [];
    private double[] _norms = [];
    private Basic[] _basis = [];

    public LinearProgram(MasterProblem master, ColumnPool columns, Pricing pricing, SearchWatch watch)
    {
        (_master, _columns, _pricing, _watch) = (master, columns, pricing, watch);
        _rowPricing = new Pricing(master);
        _candidates = new CandidateList();
        _plainRows = master.Rows;
    }

    /// <summary>Multiplications done, roughly: the effort, the same on every machine.</summary>
    public long Work => _work + _inverse.Work;

    public ReadOnlySpan<double> Duals => _dual.AsSpan(0, _rows);

    public ReadOnlySpan<Basic> Basis => _basis.AsSpan(0, _rows);

    public double Value(int row) => _value[row];

    /// <summary>The value of the program at the true limits.</summary>
    public double ObjectiveValue
    {
        get
        {
            var sum = 0.0;
            for (var i = 0; i < _rows; i++)
                sum += _dual[i] * _true[i];
            return sum;
        }
    }

    /// <summary>Whether no restriction is broken.</summary>
    public bool KeepsRestrictions
    {
        get
        {
            for (var i = 0; i < _rows; i++)
            {
                if (_basis[i].Kind == BasicKind.Artificial && _value[i] > 1e-4)
                    return false;
            }

            return true;
        }
    }

    /// <summary>Begins from a basis of a program with fewer restrictions, or from slacks.</summary>
    /// <param name="penalty">What breaking a restriction by one costs; a restriction that nothing can keep is left broken.</param>
    public void Begin(Objective objective, List<Restriction> restrictions, ReadOnlySpan<Basic> basis, double penalty)
    {
        _objective = objective;
        _restrictions = restrictions;
        _penalty = penalty;
        _rows = _plainRows + restrictions.Count;
        if (_basis.Length < _rows)
        {
            var room = _rows + 32;
            _limit = new double[room];
            _true = new double[room];
            _value = new double[room];
            _dual = new double[room];
            _column = new double[room];
            _rowOfInverse = new double[room];
            _norms = new double[room];
            _basis = new Basic[room];
        }

        _inverse.Rows = _rows;
        for (var i = 0; i < _rows; i++)
        {
            _true[i] = i < _plainRows ? _master.Limits[i] : restrictions[i - _plainRows].Sign * restrictions[i - _plainRows].Limit;
            _limit[i] = _true[i] + 1e-6 * (1 + Jitter(i));
        }

        if (basis.IsEmpty)
        {
            ResetToSlacks();
            ComputeBasicSolution();
            return;
        }

        Refactorize(basis);
        if (!SolveDual())
        {
            Refactorize(basis);
            ComputeBasicSolution();
        }
    }

    /// <summary>Takes a column into the basis as far as the limits allow, whether it gains anything or not: a known grouping is a good beginning.</summary>
    public void Enter(int column, int post) => Enter(new Basic(BasicKind.Column, column, post), ReducedCost(column, post));

    /// <summary>The best of the program over the columns there are; false where the time is up before.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public bool Optimize()
    {
        ComputeDuals();
        var pivots = 0;
        while (true)
        {
            FindCandidates();
            var before = pivots;
            if (_candidates.Count == 0)
                return true;
            while (_candidates.Count > 0)
            {
                var (best, largest) = (None, Pricing.Tolerance);
                for (var i = _candidates.Count - 1; i >= 0; i--)
                {
                    var candidate = _candidates[i];
                    var reduced = candidate.Kind == BasicKind.Slack ? -_dual[candidate.Index] : ReducedCost(candidate.Index, candidate.Post);
                    if (reduced > largest)
                        (best, largest) = (i, reduced);
                }

                if (best == None)
                    break;
                if (!Enter(_candidates[best], largest))
                {
                    _candidates.RemoveAt(best);
                    continue;
                }

                if ((++pivots & 15) == 0 && !_watch.GoOn())
                    return false;
            }

            // Rounding alone keeps going round like that; the bound holds whatever the dual values are.
            if (pivots == before || pivots > 200 * _rows + 20_000)
                return true;
        }
    }

    /// <summary>The inverse of a basis that was the best of a program with fewer restrictions.</summary>
    private void Refactorize(ReadOnlySpan<Basic> basis)
    {
        ResetToSlacks();
        var slack = new bool[_rows];
        // Restrictions that the basis does not know are the last ones.
        for (var i = basis.Length; i < _rows; i++)
            slack[i] = true;
        foreach (var basic in basis)
        {
            if (basic.Kind != BasicKind.Column)
                slack[basic.Index] = true;
        }

        foreach (var basic in basis)
        {
            if (basic.Kind != BasicKind.Column)
                continue;
            Refactorize(basic, slack);
            _watch.ThrowIfCancelled();
        }
    }

    private void Refactorize(Basic basic, bool[] slack)
    {
        FillColumn(basic.Index, basic.Post);
        var (row, largest) = (None, 1e-6);
        for (var i = 0; i < _rows; i++)
        {
            if (_basis[i].Kind != BasicKind.Column && !slack[i] && Math.Abs(_column[i]) > largest)
                (row, largest) = (i, Math.Abs(_column[i]));
        }

        // Rows of restrictions that were broken or tight may have to give way too.
        for (var i = _plainRows; row == None && i < _rows; i++)
        {
            if (_basis[i].Kind != BasicKind.Column && Math.Abs(_column[i]) > largest)
                (row, largest) = (i, Math.Abs(_column[i]));
        }

        if (row != None)
        {
            _inverse.Pivot(row, _column, _dual, 0);
            _basis[row] = basic;
        }
    }

    private void ResetToSlacks()
    {
        _inverse.Reset();
        for (var i = 0; i < _rows; i++)
            _basis[i] = new Basic(BasicKind.Slack, i, None);
    }

    /// <summary>Values and duals from the inverse; a restriction that is not kept gets its artificial variable.</summary>
    private void ComputeBasicSolution()
    {
        ComputeValues();
        var broken = false;
        for (var i = 0; i < _rows; i++)
        {
            broken |= IsFixed(i) && _value[i] > Loose;
            if (_value[i] >= 0)
                continue;
            if (_basis[i].Kind == BasicKind.Slack && _basis[i].Index >= _plainRows)
                MakeArtificial(i);
            else if (_value[i] > -1e-7)
                _value[i] = 0;
            else
                broken = true;
        }

        if (broken)
        {
            ResetToSlacks();
            for (var i = 0; i < _rows; i++)
            {
                _value[i] = _limit[i];
                if (_value[i] < 0)
                    MakeArtificial(i);
            }
        }

        ComputeDuals();
    }

    /// <summary>
    /// Dual simplex: while no reduced cost is above zero, columns enter until all limits are kept. What cannot be kept so is left for an
    /// artificial variable.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private bool SolveDual()
    {
        ComputeValues();
        ComputeDuals();
        for (var pivots = 0; pivots < 2 * _rows; pivots++)
        {
            var (row, above) = MostInfeasible();
            if (row == None)
            {
                for (var i = 0; i < _rows; i++)
                    _value[i] = Math.Max(0, _value[i]);
                return true;
            }

            if (FindEntering(row, above) is not { } entering || (pivots % 8 == 7 && !_watch.GoOn()))
                return false;
            Fill(entering);
            if (Math.Abs(_column[row]) < SmallestPivot)
                return false;
            var reduced = entering.Kind == BasicKind.Slack ? -_dual[entering.Index] : ReducedCost(entering.Index, entering.Post);
            var step = (above ? _value[row] - Loose : _value[row]) / _column[row];
            if (above)
                _limit[_basis[row].Index] -= Loose;
            Vectors.AddTimes(_value.AsSpan(0, _rows), _column.AsSpan(0, _rows), -step);
            _inverse.Pivot(row, _column, _dual, reduced);
            _value[row] = step;
            _basis[row] = entering;
        }

        return false;
    }

    /// <summary>The row whose limit is broken most, measured along its edge; whether its slack is above what it may be, not below zero.</summary>
    private (int Row, bool Above) MostInfeasible()
    {
        var norms = _norms.AsSpan(0, _rows);
        _inverse.SquareRows(norms);
        var (row, most, isAbove) = (None, 0.0, false);
        for (var i = 0; i < _rows; i++)
        {
            var above = IsFixed(i) && _value[i] > Loose + 1e-7;
            var by = above ? _value[i] - Loose : -_value[i];
            if (by > 1e-7 && by * by / norms[i] > most)
                (row, most, isAbove) = (i, by * by / norms[i], above);
        }

        return (row, isAbove);
    }

    /// <summary>What enters for a broken row, so that no reduced cost rises above zero; null where nothing mends the row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private Basic? FindEntering(int row, bool above)
    {
        _inverse.CopyRow(row, _rowOfInverse);
        if (above)
        {
            for (var i = 0; i < _rows; i++)
                _rowOfInverse[i] = -_rowOfInverse[i];
        }

        _pricing.Set(_dual.AsSpan(0, _rows), _objective, _restrictions, clamped: false);
        _rowPricing.Allow(_pricing.Starts);
        _rowPricing.Set(_rowOfInverse.AsSpan(0, _rows), default, _restrictions, clamped: false);
        Basic? best = null;
        var (least, largest) = (double.PositiveInfinity, 0.0);
        for (var i = 0; i < _rows; i++)
        {
            if (i >= _plainRows || !_master.IsEquality[i])
                Consider(new Basic(BasicKind.Slack, i, None), -_dual[i], _rowOfInverse[i]);
        }

        for (var column = 0; column < _columns.Count; column++)
        {
            var block = _columns.BlockOf(column);
            if (double.IsNegativeInfinity(_pricing.ValueOf(block)))
                continue;
            var (reduced, pivot) = (CandidatesOf(_pricing, _dual, column), -CandidatesOf(_rowPricing, _rowOfInverse, column));
            var posts = _master.Blocks[block].Posts;
            if (posts.Length == 0)
            {
                Consider(new Basic(BasicKind.Column, column, None), reduced + _pricing.ValueOf(block), pivot - _rowPricing.ValueOf(block));
                continue;
            }

            var leads = _pricing.LeadsOf(block);
            var rowLeads = _rowPricing.LeadsOf(block);
            for (var i = 0; i < posts.Length; i++)
            {
                if (!double.IsNegativeInfinity(leads[i]))
                    Consider(new Basic(BasicKind.Column, column, posts[i]), reduced + leads[i], pivot - rowLeads[i]);
            }
        }

        _work += 2 * _columns.Seats + 8 * _columns.Count;
        return best;

        void Consider(Basic basic, double reduced, double pivot)
        {
            if (pivot > -1e-6)
                return;
            var ratio = Math.Min(0, reduced) / pivot;
            if (ratio < least - 1e-9 || (ratio < least + 1e-9 && -pivot > largest))
                (best, least, largest) = (basic, Math.Min(least, ratio), -pivot);
        }
    }

    /// <summary>What is not the same for all columns of a block: its candidates, at these dual values.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private double CandidatesOf(Pricing pricing, double[] duals, int column)
    {
        var sum = pricing.Placed * (_columns.Placed(column) - _columns.Block(column).Placed)
            - pricing.Moves * _columns.Moves(column)
            - pricing.IfNeeded * _columns.IfNeeded(column)
            - pricing.Squares * _columns.Squares(column);
        foreach (var p in _columns.Comers(column))
            sum -= duals[p];
        foreach (var p in _columns.Leavers(column))
            sum += duals[p];
        if (pricing.HasSeatPrices)
        {
            for (var r = 0; r < _restrictions.Count; r++)
            {
                if (_restrictions[r].Of == Measure.Seats)
                    sum -= duals[_plainRows + r] * _restrictions[r].Coefficient(_master, _columns, column, None);
            }
        }

        return sum;
    }

    private void MakeArtificial(int row)
    {
        _basis[row] = new Basic(BasicKind.Artificial, _basis[row].Index, None);
        _value[row] = -_value[row];
        _inverse.NegateRow(row);
    }

    private void ComputeValues()
    {
        Array.Clear(_value, 0, _rows);
        for (var c = 0; c < _rows; c++)
            Vectors.AddTimes(_value.AsSpan(0, _rows), _inverse.Column(c), _limit[c]);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ComputeDuals()
    {
        for (var i = 0; i < _rows; i++)
        {
            _norms[i] = _basis[i].Kind switch
            {
                BasicKind.Column => _objective.Of(_master, _columns, _basis[i].Index, _basis[i].Post),
                BasicKind.Artificial => -_penalty,
                _ => 0,
            };
        }

        for (var c = 0; c < _rows; c++)
        {
            var column = _inverse.Column(c);
            var dual = 0.0;
            for (var i = 0; i < column.Length; i++)
            {
                if (_norms[i] != 0)
                    dual += _norms[i] * column[i];
            }

            _dual[c] = dual;
        }

        _work += (long)_rows * _rows;
    }

    /// <summary>0 to 1, another for each number.</summary>
    private static double Jitter(int number) => (uint)(number * 2654435761L) / 4294967296.0;

    private bool IsFixed(int row) => _basis[row].Kind == BasicKind.Slack && _basis[row].Index < _plainRows && _master.IsEquality[_basis[row].Index];

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private double ReducedCost(int column, int post)
    {
        var reduced = _objective.Of(_master, _columns, column, post);
        foreach (var p in _columns.Comers(column))
            reduced -= _dual[p];
        foreach (var p in _columns.Leavers(column))
            reduced += _dual[p];
        var block = _columns.Block(column);
        for (var i = 0; i < block.Rows.Length; i++)
            reduced -= block.Coefficients[i] * _dual[block.Rows[i]];
        if (post != None)
        {
            var of = _master.Posts[post];
            for (var i = 0; i < of.Rows.Length; i++)
                reduced -= of.Coefficients[i] * _dual[of.Rows[i]];
        }

        for (var r = 0; r < _restrictions.Count; r++)
        {
            if (_dual[_plainRows + r] != 0)
                reduced -= _dual[_plainRows + r] * _restrictions[r].Coefficient(_master, _columns, column, post);
        }

        return reduced;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void FindCandidates()
    {
        _pricing.Set(_dual.AsSpan(0, _rows), _objective, _restrictions, clamped: false);
        _candidates.Clear();
        for (var i = 0; i < _rows; i++)
        {
            if (-_dual[i] > Pricing.Tolerance && (i >= _plainRows || !_master.IsEquality[i]))
                _candidates.Propose(new Basic(BasicKind.Slack, i, None), -_dual[i]);
        }

        for (var column = 0; column < _columns.Count; column++)
        {
            var block = _columns.BlockOf(column);
            var reduced = _pricing.ValueOf(block);
            if (double.IsNegativeInfinity(reduced))
                continue;
            reduced += CandidatesOf(_pricing, _dual, column);
            if (reduced > Pricing.Tolerance)
                _candidates.Propose(new Basic(BasicKind.Column, column, _pricing.PostOf(block)), reduced);
        }

        _work += _columns.Seats + 4 * _columns.Count;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private bool Enter(Basic entering, double reduced)
    {
        Fill(entering);

        // The row that first reaches a limit leaves; of equals the one with the largest pivot.
        var (row, step) = (None, double.PositiveInfinity);
        for (var i = 0; i < _rows; i++)
        {
            var pivot = _column[i];
            if (pivot <= SmallestPivot && (pivot >= -SmallestPivot || !IsFixed(i)))
                continue;
            var ratio = pivot > 0 ? _value[i] / pivot : (_value[i] - Loose) / pivot;
            if (ratio < step - 1e-12 || (ratio < step + 1e-12 && Math.Abs(pivot) > Math.Abs(_column[row])))
                (row, step) = (i, Math.Min(step, ratio));
        }

        if (row == None)
            return false;
        var above = _column[row] < 0;
        step = Math.Max(0, (above ? _value[row] - Loose : _value[row]) / _column[row]);
        if (above)
            _limit[_basis[row].Index] -= Loose;
        Vectors.AddTimes(_value.AsSpan(0, _rows), _column.AsSpan(0, _rows), -step);
        for (var i = 0; i < _rows; i++)
        {
            if (_value[i] < 0)
                _value[i] = 0;
        }

        _inverse.Pivot(row, _column, _dual, reduced);
        _value[row] = step;
        _basis[row] = entering;
        return true;
    }

    private void Fill(Basic entering)
    {
        if (entering.Kind == BasicKind.Slack)
            _inverse.Column(entering.Index).CopyTo(_column);
        else
            FillColumn(entering.Index, entering.Post);
    }

    /// <summary>The inverse times a column with its post, into <see cref="_column"/>.</summary>
    private void FillColumn(int column, int post)
    {
        var to = _column.AsSpan(0, _rows);
        to.Clear();
        foreach (var p in _columns.Comers(column))
            Vectors.AddTimes(to, _inverse.Column(p), 1);
        foreach (var p in _columns.Leavers(column))
            Vectors.AddTimes(to, _inverse.Column(p), -1);
        var block = _columns.Block(column);
        for (var i = 0; i < block.Rows.Length; i++)
            Vectors.AddTimes(to, _inverse.Column(block.Rows[i]), block.Coefficients[i]);
        if (post != None)
        {
            var of = _master.Posts[post];
            for (var i = 0; i < of.Rows.Length; i++)
                Vectors.AddTimes(to, _inverse.Column(of.Rows[i]), of.Coefficients[i]);
        }

        for (var r = 0; r < _restrictions.Count; r++)
        {
            if (_restrictions[r].Coefficient(_master, _columns, column, post) is var coefficient and not 0)
                Vectors.AddTimes(to, _inverse.Column(_plainRows + r), coefficient);
        }

        _work += 10L * _rows;
    }
}
