using System.Runtime.CompilerServices;

namespace Cohorts.Scheduling.Search;

/// <summary>
/// The candidates of a block that are worth most together: the best few by sorting, as many as the size's cost, which grows convexly, leaves
/// worth it. Where pairs forbid that choice it is branched on the first of them that is broken.
/// </summary>
internal sealed class BlockChoice(Block block)
{
    /// <summary>Enough for pairs as people name them. Beyond it the bound stays valid, and is less tight.</summary>
    private const int MostNodes = 400;

    private readonly int[] _chosen = new int[Math.Max(0, block.Most)];
    private readonly int[] _best = new int[Math.Max(0, block.Most)];
    private readonly double[] _values = new double[Math.Max(0, block.Most)];

    /// <summary>Per candidate whether it must be chosen (1) or must not (−1); only where there are pairs.</summary>
    private readonly sbyte[] _state = block.Links.Length + block.Forced.Length > 0 ? new sbyte[block.Candidates.Length] : [];
    private int _size;
    private int _nodes;
    private double _bound;

    /// <summary>What the best choice found is worth; minus infinity where none is possible.</summary>
    public double Worth { get; private set; }

    /// <summary>Positions of the candidates of the best choice.</summary>
    public ReadOnlySpan<int> Chosen => _best.AsSpan(0, _size);

    /// <returns>No choice is worth more than this; mostly <see cref="Worth"/>.</returns>
    public double Choose(ReadOnlySpan<double> values, double squares, double constant)
    {
        (Worth, _size) = (double.NegativeInfinity, 0);
        if (_state.Length == 0)
        {
            var (worth, size) = Best(values, squares, double.NegativeInfinity);
            (Worth, _size) = (worth + constant, size);
            _chosen.AsSpan(0, size).CopyTo(_best);
            return Worth;
        }

        Array.Clear(_state);
        foreach (var position in block.Forced)
            _state[position] = 1;
        (_nodes, _bound) = (0, double.NegativeInfinity);
        Branch(values, squares);
        Worth += constant;
        return Math.Max(Worth, _bound + constant);
    }

    private void Branch(ReadOnlySpan<double> values, double squares)
    {
        var (worth, size) = Best(values, squares, Worth);
        if (worth <= Worth)
            return;
        var chosen = _chosen.AsSpan(0, size);
        foreach (var link in block.Links)
        {
            if (!chosen.Contains(link.One) || chosen.Contains(link.Other) == link.Together)
                continue;
            if (++_nodes > MostNodes)
            {
                _bound = Math.Max(_bound, worth);
                return;
            }

            // Either without the one, or with it; and then the other must be there, or must not.
            var (one, other) = (_state[link.One], _state[link.Other]);
            if (one == 0)
            {
                _state[link.One] = -1;
                Branch(values, squares);
            }

            var wanted = (sbyte)(link.Together ? 1 : -1);
            if (other == 0)
            {
                (_state[link.One], _state[link.Other]) = (1, wanted);
                Branch(values, squares);
            }

            (_state[link.One], _state[link.Other]) = (one, other);
            return;
        }

        (Worth, _size) = (worth, size);
        chosen.CopyTo(_best);
    }

    /// <summary>The best choice as far as the states allow, into <see cref="_chosen"/>; minus infinity where they allow none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private (double Worth, int Size) Best(ReadOnlySpan<double> values, double squares, double atLeast)
    {
        var (forced, sum) = (0, 0.0);
        if (_state.Length > 0)
        {
            for (var i = 0; i < _state.Length; i++)
            {
                if (_state[i] != 1)
                    continue;
                if (forced == block.Most)
                    return (double.NegativeInfinity, 0);
                _chosen[forced++] = i;
                sum += values[i];
            }
        }

        var room = block.Most - forced;
        var (size, last) = (0, double.NegativeInfinity);
        var chosen = _chosen.AsSpan(forced, room);
        var sorted = _values.AsSpan(0, room);
        for (var i = 0; i < values.Length && room > 0; i++)
        {
            var value = values[i];
            if ((size == room && value <= last) || (_state.Length > 0 && _state[i] != 0))
                continue;
            var at = size < room ? size++ : size - 1;
            for (; at > 0 && sorted[at - 1] < value; at--)
            {
                sorted[at] = sorted[at - 1];
                chosen[at] = chosen[at - 1];
            }

            sorted[at] = value;
            chosen[at] = i;
            last = sorted[size - 1];
        }

        var fewest = Math.Max(0, block.Fewest - forced);
        if (size < fewest)
            return (double.NegativeInfinity, 0);
        for (var i = 0; i < fewest; i++)
            sum += sorted[i];
        var best = (Worth: sum - squares * block.Squares(forced + fewest), Size: fewest);
        for (var i = fewest; i < size; i++)
        {
            sum += sorted[i];
            var worth = sum - squares * block.Squares(forced + i + 1);
            if (worth > best.Worth)
                best = (worth, i + 1);
        }

        return best.Worth <= atLeast ? (double.NegativeInfinity, 0) : (best.Worth, forced + best.Size);
    }
}
