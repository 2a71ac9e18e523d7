using System.Runtime.CompilerServices;

namespace Cohorts.Scheduling.Search;

/// <summary>A group whose seats are to be filled.</summary>
/// <param name="Slot">Its meeting.</param>
/// <param name="Leader">By index in the cohort, −1 for nobody.</param>
/// <param name="Standing">The standing group that it continues, −1 for a new one.</param>
/// <param name="Base">People in it who stay in any case, the leader among them.</param>
/// <param name="Fewest">Participants beside those.</param>
/// <param name="Most">Participants beside those; who sits already may stay even where that is more.</param>
internal sealed record OpenGroup(int Slot, int Leader, int Standing, int Base, int Fewest, int Most);

/// <summary>
/// Seats people in given groups as well as is possible: a min-cost flow, by cancelling negative cycles and then adding one person after the other
/// along shortest paths, for as long as moves are left. An edge from a group to another is one participant who could move there. Two more nodes
/// stand for no group: "waiting" holds who has no seat, "size" is passed where a group's size changes (into it: a group gains one, out of it:
/// a group loses one).
/// </summary>
internal sealed class SeatFlow
{
    public const int Waiting = -1;

    private const long OneIfNeeded = 1L << 22;
    private const long OnePlaced = 1L << 31;
    private const long OneMove = 1L << 40;
    private const long OneMissing = 1L << 50;
    private const long NoEdge = long.MaxValue;
    private const int None = -1;

    private readonly SearchSpace _space;
    private readonly IReadOnlyList<OpenGroup> _groups;
    private readonly int[] _groupOf;
    private readonly int[] _size;
    private readonly long _square;
    private readonly int _nodes;
    private readonly long[] _cost;
    private readonly int[] _mover;
    private readonly long[] _distance;
    private readonly int[] _before;
    private readonly int[] _mark;
    private readonly int[] _cycle;
    private readonly List<int>[] _members;

    /// <param name="space">Of the participants.</param>
    /// <param name="groups">In which they sit.</param>
    /// <param name="groupOf">Per participant the group to begin with, or <see cref="Waiting"/>; changed by <see cref="Solve"/>.</param>
    /// <param name="frozen">Per participant whether they stay where they are.</param>
    public SeatFlow(SearchSpace space, IReadOnlyList<OpenGroup> groups, int[] groupOf, bool[] frozen)
    {
        (_space, _groups, _groupOf) = (space, groups, groupOf);
        _square = space.Facts.Problem.Balance ? 1 : 0;
        _nodes = groups.Count + 2;
        _size = new int[groups.Count];
        _members = [.. Enumerable.Range(0, groups.Count + 1).Select(_ => new List<int>())];
        _cost = new long[_nodes * _nodes];
        _mover = new int[_nodes * _nodes];
        _distance = new long[_nodes];
        _before = new int[_nodes];
        _mark = new int[_nodes];
        _cycle = new int[_nodes];
        for (var p = 0; p < groupOf.Length; p++)
        {
            if (groupOf[p] != Waiting)
                _size[groupOf[p]]++;
            if (!frozen[p])
                _members[NodeOf(groupOf[p])].Add(p);
        }
    }

    public int SizeOf(int group) => _size[group];

    private int WaitingNode => _nodes - 2;

    private int SizeNode => _nodes - 1;

    /// <param name="moves">How many people who sat may sit elsewhere.</param>
    /// <param name="goOn">Asked before each exchange; may throw.</param>
    /// <returns>Whether no more are moved than may be.</returns>
    public bool Solve(int moves, Func<bool> goOn)
    {
        for (var node = 0; node < _nodes; node++)
            FillRow(node);
        while (goOn() && FindCycle() is var length and > 0)
            Follow(length);
        while (goOn() && FindPath() is var length and > 0)
        {
            if (Moved() + MovesAlong(length) > moves)
                break;
            Follow(length);
        }

        return Moved() <= moves;
    }

    private int NodeOf(int group) => group == Waiting ? _groups.Count : group;

    private bool Sits(int participant) => _space.Facts.Home[_space.Participants[participant]] >= 0;

    private bool IsHome(int participant, int group) =>
        _groups[group].Standing is >= 0 and var standing && _space.Facts.Home[_space.Participants[participant]] == standing;

    private int Moved()
    {
        var moved = 0;
        for (var p = 0; p < _groupOf.Length; p++)
            moved += _groupOf[p] != Waiting && Sits(p) && !IsHome(p, _groupOf[p]) ? 1 : 0;
        return moved;
    }

    private long SeatCost(int participant, int node)
    {
        if (node == WaitingNode)
            return Sits(participant) ? OneMissing : OnePlaced;
        if (IsHome(participant, node))
            return 0;
        var slot = _groups[node].Slot;
        if (!_space.Starts[participant].Contains(slot))
            return NoEdge;
        return (Sits(participant) ? OneMove : 0) + (_space.RegularStarts[participant].Contains(slot) ? 0 : OneIfNeeded);
    }

    private long SizeCost(int group, int size)
    {
        var of = _groups[group];
        return OneMissing * Math.Clamp(of.Fewest - size, 0, 100) + _square * (of.Base + size) * (of.Base + size);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void FillRow(int from)
    {
        var row = from * _nodes;
        Array.Fill(_cost, NoEdge, row, _nodes);
        if (from == SizeNode)
        {
            _cost[row + WaitingNode] = 0;
            for (var g = 0; g < _groups.Count; g++)
            {
                if (_size[g] > 0)
                    _cost[row + g] = SizeCost(g, _size[g] - 1) - SizeCost(g, _size[g]);
            }

            return;
        }

        if (from == WaitingNode)
            _cost[row + SizeNode] = 0;
        else if (_size[from] < _groups[from].Most)
            _cost[row + SizeNode] = SizeCost(from, _size[from] + 1) - SizeCost(from, _size[from]);
        foreach (var participant in _members[from])
        {
            var saved = SeatCost(participant, from);
            for (var to = 0; to <= WaitingNode; to++)
            {
                // Into a group that is larger than allowed nobody comes, not even in exchange.
                if (to == from || (to != WaitingNode && _size[to] > _groups[to].Most) || SeatCost(participant, to) is var cost && cost == NoEdge)
                    continue;
                if (cost - saved < _cost[row + to])
                    (_cost[row + to], _mover[row + to]) = (cost - saved, participant);
            }
        }
    }

    /// <summary>Bellman and Ford from everywhere at once; the nodes of a negative cycle into <see cref="_cycle"/>, and how many.</summary>
    private int FindCycle()
    {
        Array.Clear(_distance, 0, _nodes);
        Array.Fill(_before, None, 0, _nodes);
        for (var round = 0; round < _nodes; round++)
        {
            if (!Relax())
                return 0;
            if (CycleOfPredecessors() is var length and > 0)
                return length;
        }

        return 0;
    }

    /// <summary>The cheapest way to seat one more who waits, as a cycle through "size" and "waiting".</summary>
    private int FindPath()
    {
        const long far = NoEdge / 4;
        Array.Fill(_distance, far, 0, _nodes);
        Array.Fill(_before, None, 0, _nodes);
        _distance[WaitingNode] = 0;
        // Straight from "waiting" to "size" nobody is seated.
        _cost[WaitingNode * _nodes + SizeNode] = NoEdge;
        var rounds = 0;
        while (rounds++ < _nodes && Relax())
        {
        }

        _cost[WaitingNode * _nodes + SizeNode] = 0;

        if (_distance[SizeNode] >= far / 2 || _before[SizeNode] == None)
            return 0;
        var length = 0;
        for (var node = SizeNode; node != WaitingNode; node = _before[node])
        {
            if (length == _nodes - 1 || node == None)
                return 0;
            _cycle[length++] = node;
        }

        _cycle[length++] = WaitingNode;
        return length;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private bool Relax()
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

        return changed;
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

    private int MovesAlong(int length)
    {
        var moves = 0;
        for (var i = 0; i < length; i++)
        {
            var (to, from) = (_cycle[i], _cycle[(i + 1) % length]);
            if (to == SizeNode || from == SizeNode)
                continue;
            var participant = _mover[from * _nodes + to];
            if (!Sits(participant))
                continue;
            moves += to != WaitingNode && !IsHome(participant, to) ? 1 : 0;
            moves -= from != WaitingNode && !IsHome(participant, from) ? 1 : 0;
        }

        return moves;
    }

    private void Follow(int length)
    {
        for (var i = 0; i < length; i++)
        {
            var (to, from) = (_cycle[i], _cycle[(i + 1) % length]);
            if (to == SizeNode || from == SizeNode)
                continue;
            var participant = _mover[from * _nodes + to];
            _members[from].Remove(participant);
            _members[to].Add(participant);
            if (from != WaitingNode)
                _size[from]--;
            if (to != WaitingNode)
                _size[to]++;
            _groupOf[participant] = to == WaitingNode ? Waiting : to;
        }

        for (var i = 0; i < length; i++)
            FillRow(_cycle[i]);
        FillRow(SizeNode);
    }
}
