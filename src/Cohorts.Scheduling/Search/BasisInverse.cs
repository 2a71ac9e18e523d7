using System.Runtime.CompilerServices;

namespace Cohorts.Scheduling.Search;

/// <summary>The inverse of a basis of the simplex method, held whole and by columns: most of them stay zero, and a pivot passes those by.</summary>
internal sealed class BasisInverse
{
    private double[] _numbers = [];
    private int _rows;

    /// <summary>Multiplications done, roughly.</summary>
    public long Work { get; private set; }

    /// <summary>Setting it makes room; what the inverse holds is undefined until <see cref="Reset"/>.</summary>
    public int Rows
    {
        get => _rows;
        set
        {
            _rows = value;
            if (_numbers.Length < value * value)
                _numbers = new double[(value + 32) * (value + 32)];
        }
    }

    public Span<double> Column(int column) => _numbers.AsSpan(column * _rows, _rows);

    /// <summary>The inverse of a basis of slacks.</summary>
    public void Reset()
    {
        Array.Clear(_numbers, 0, _rows * _rows);
        for (var i = 0; i < _rows; i++)
            _numbers[i * _rows + i] = 1;
    }

    public void CopyRow(int row, Span<double> to)
    {
        for (var c = 0; c < _rows; c++)
            to[c] = _numbers[c * _rows + row];
    }

    public void NegateRow(int row)
    {
        for (var c = 0; c < _rows; c++)
            _numbers[c * _rows + row] = -_numbers[c * _rows + row];
    }

    /// <summary>The square of each row's length.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void SquareRows(Span<double> to)
    {
        to.Clear();
        for (var c = 0; c < _rows; c++)
            Vectors.AddSquares(to, Column(c));
        Work += _rows * _rows / 2;
    }

    /// <summary>What comes into the basis in a row's place, and what that does to the duals.</summary>
    /// <param name="row">Whose place is taken.</param>
    /// <param name="entering">The inverse times the column of what comes in; its number in the row is not zero.</param>
    /// <param name="dual">One for each row.</param>
    /// <param name="gain">What one unit of it adds to the objective.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Pivot(int row, ReadOnlySpan<double> entering, Span<double> dual, double gain)
    {
        var pivot = entering[row];
        var column = entering[.._rows];
        for (var c = 0; c < _rows; c++)
        {
            var at = c * _rows + row;
            if (_numbers[at] == 0)
                continue;
            var share = _numbers[at] / pivot;
            if (Math.Abs(share) < 1e-13)
            {
                _numbers[at] = 0;
                continue;
            }

            dual[c] += gain * share;
            Vectors.AddTimes(_numbers.AsSpan(c * _rows, _rows), column, -share);
            _numbers[at] = share;
            Work += _rows;
        }
    }
}
