using System.Runtime.CompilerServices;

namespace Cohorts.Scheduling.Search;

/// <summary>
/// Seats people better in the groups there are: negative cycles in the graph of groups are followed until there is none,
/// which makes the seats the best for these groups, their starts and leaders (min-cost flow by cycle cancelling).
/// An edge from a group to another is one member who could move there. Two nodes stand for no group: "waiting" holds the
/// unplaced people, "seat" is passed where a group's size changes (into it: a group gains one, out of it: a group loses one).
/// </summary>
internal sealed class Exchange
{
    /// <summary>Above this many groups the graph's square costs too much time, and a part of the groups is looked at instead.</summary>
    private const int MostGroups = 400;
    private const int Part = 100;

    private const long OneSquare = 1;
    private const long OneIfNeeded = 1L << 26;
    private const long OnePlaced = 1L << 48;
    private const long NoEdge = long.MaxValue;
    private const int None = -1;

    private readonly SearchSpace _space;
    private readonly Seating _seating;
    private readonly long _square;

    private readonly int[] _groups;
    private readonly long[] _cost;
    private readonly int[] _mover;
    private readonly long[] _distance;
    private readonly int[] _before;
    private readonly int[] _mark;
    private readonly int[] _cycle;
    private int _nodes;

    public Exchange(SearchSpace space, Seating seating)
    {
        _space = space;
        _seating = seating;
        _square = space.Facts.Problem.Balance ? OneSquare : 0;
        var most = Math.Min(MostGroups, seating.MostGroups) + 2;
        _groups = new int[most];
        _cost = new long[most * most];
        _mover = new int[most * most];
        _distance = new long[most];
        _before = new int[most];
        _mark = new int[most];
        _cycle = new int[most];
    }

    private int Waiting => _nodes - 2;

    private int Seat => _nodes - 1;

    /// <param name="random">Chooses the part where there are too many groups.</param>
    /// <param name="goOn">Asked before each exchange; may throw.</param>
    public void Improve(Randomness random, Func<bool> goOn)
    {
        var groups = _seating.Groups;
        var part = groups.Length <= MostGroups ? groups.Length : Part;
        var offset = part < groups.Length ? random.Below(groups.Length) : 0;
        for (var i = 0; i < part; i++)
            _groups[i] = groups[(offset + i) % groups.Length];
        _nodes = part + 2;
        for (var node = 0; node < _nodes; node++)
            FillRow(node);
        while (goOn() && FindCycle() is var length and > 0)
            Follow(length);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void FillRow(int from)
    {
        var row = from * _nodes;
        Array.Fill(_cost, NoEdge, row, _nodes);
        if (from == Seat)
        {
            _cost[row + Waiting] = -OnePlaced;
            for (var g = 0; g < Waiting; g++)
            {
                if (_seating.SizeOf(_groups[g]) > _seating.FewestOf(_groups[g]))
                    _cost[row + g] = -_square * (2 * _seating.PeopleIn(_groups[g]) - 1);
            }
        }
        else if (from == Waiting)
        {
            _cost[row + Seat] = OnePlaced;
            var unplaced = _seating.Unplaced;
            for (var w = 0; w < unplaced.Length; w++)
            {
                for (var rest = unplaced[w]; rest != 0; rest &= rest - 1)
                    AddMoves(row, from, (w << 6) + System.Numerics.BitOperations.TrailingZeroCount(rest), 0);
            }
        }
        else
        {
            var group = _groups[from];
            if (_seating.SizeOf(group) < _seating.MostOf(group))
                _cost[row + Seat] = _square * (2 * _seating.PeopleIn(group) + 1);
            for (var m = _seating.FirstMember(group); m != None; m = _seating.NextMember(m))
            {
                var saved = OneIfNeeded * _seating.NeedsIfNeeded(m, group);
                if (-saved < _cost[row + Waiting])
                    (_cost[row + Waiting], _mover[row + Waiting]) = (-saved, m);
                AddMoves(row, from, m, saved);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AddMoves(int row, int from, int participant, long saved)
    {
        ref readonly var starts = ref _space.Starts[participant];
        for (var g = 0; g < Waiting; g++)
        {
            if (g == from || !starts.Contains(_seating.SlotOf(_groups[g])))
                continue;
            var cost = OneIfNeeded * _seating.NeedsIfNeeded(participant, _groups[g]) - saved;
            if (cost < _cost[row + g])
                (_cost[row + g], _mover[row + g]) = (cost, participant);
        }
    }

    /// <summary>Bellman and Ford from everywhere at once; the nodes of a negative cycle into <see cref="_cycle"/>, and how many.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int FindCycle()
    {
        Array.Clear(_distance, 0, _nodes);
        Array.Fill(_before, None, 0, _nodes);
        for (var round = 0; round < _nodes; round++)
        {
            var changed = false;
            for (var from = 0; from < _nodes; from++)
            {
                var reached = _distance[from];
                var row = _cost.AsSpan(from * _nodes, _nodes);
                for (var to = 0; to < row.Length; to++)
                {
                    if (row[to] != NoEdge && reached + row[to] < _distance[to])
                    {
                        _distance[to] = reached + row[to];
                        _before[to] = from;
                        changed = true;
                    }
                }
            }

            if (!changed)
                return 0;
            if (CycleOfPredecessors() is var length and > 0)
                return length;
        }

        return 0;
    }

    private int CycleOfPredecessors()
    {
        Array.Clear(_mark, 0, _nodes);
        for (var start = 0; start < _nodes; start++)
        {
            var node = start;
            while (node != None && _mark[node] == 0)
            {
                _mark[node] = start + 1;
                node = _before[node];
            }

            if (node == None || _mark[node] != start + 1)
                continue;
            var length = 0;
            var on = node;
            do
            {
                _cycle[length++] = on;
                on = _before[on];
            }
            while (on != node);
            return length;
        }

        return 0;
    }

    private void Follow(int length)
    {
        for (var i = 0; i < length; i++)
        {
            var (to, from) = (_cycle[i], _cycle[(i + 1) % length]);
            if (to == Seat || from == Seat)
                continue;
            var participant = _mover[from * _nodes + to];
            if (from != Waiting)
                _seating.Unseat(participant);
            if (to != Waiting)
                _seating.Seat(participant, _groups[to]);
        }

        for (var i = 0; i < length; i++)
            FillRow(_cycle[i]);
    }
}
