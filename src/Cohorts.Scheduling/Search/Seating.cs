using System.Numerics;
using System.Runtime.CompilerServices;

namespace Cohorts.Scheduling.Search;

/// <summary>
/// Groups in the making and who sits in them. Every public operation leaves a grouping that keeps all the rules, except that
/// <see cref="Open"/> and <see cref="Unseat"/> may leave a group below its minimum for their caller to fill.
/// Nothing here allocates after construction.
/// </summary>
internal sealed class Seating
{
    private const int None = -1;

    private readonly SearchSpace _space;
    private readonly int _standing;
    private readonly int _leaderSeat;
    private readonly bool _balance;

    private readonly ulong[] _unplaced;
    private readonly int[] _groupOf;
    private readonly int[] _next;
    private readonly int[] _previous;

    private readonly int[] _slot;
    private readonly int[] _leader;
    private readonly int[] _head;
    private readonly int[] _size;
    private readonly int[] _nextAtSlot;
    private readonly int[] _headAtSlot;
    private readonly int[] _fewest;
    private readonly int[] _most;
    private readonly int[] _base;

    // Standing groups have the first numbers; of the others those that are free.
    private readonly int[] _groups;
    private readonly int[] _placeInGroups;
    private readonly int[] _free;
    private readonly int[] _restored;
    private int _count;
    private int _freeCount;
    private bool _onlyToFewest;

    private readonly int[] _led;
    private readonly int[] _wholeGroupsLed;
    private readonly SlotSet[] _blocked;

    private readonly int[] _queue;
    private readonly int[] _reachedFrom;

    private SlotSet _slotsInUse;
    private int _placedBefore;
    private int _seated;
    private int _newLeaders;
    private int _ifNeeded;
    private long _squares;

    public Seating(SearchSpace space)
    {
        _space = space;
        _standing = space.Standing.Length;
        _leaderSeat = space.Facts.Led ? 1 : 0;
        _balance = space.Facts.Problem.Balance;

        // A group is opened only where it places somebody new: more of them than people are never worth having.
        var people = space.Participants.Length + space.Leaders.Length;
        var groups = space.Facts.Led
            ? (int)Math.Min(people, space.LeaderCapacity.Sum(c => (long)c))
            : space.Participants.Length / space.Facts.FewestParticipants;
        _free = new int[groups];
        groups += _standing;
        _unplaced = new ulong[space.Words];
        _groupOf = new int[space.Participants.Length];
        _next = new int[space.Participants.Length];
        _previous = new int[space.Participants.Length];
        _slot = new int[groups];
        _leader = new int[groups];
        _head = new int[groups];
        _size = new int[groups];
        _nextAtSlot = new int[groups];
        _groups = new int[groups];
        _placeInGroups = new int[groups];
        _queue = new int[groups];
        _reachedFrom = new int[groups];
        _headAtSlot = new int[space.Slots];
        _fewest = new int[groups];
        _most = new int[groups];
        _base = new int[groups];
        _restored = new int[groups];
        for (var g = 0; g < groups; g++)
        {
            var of = g < _standing ? space.Standing[g] : null;
            _fewest[g] = of?.MinAdd ?? space.Facts.FewestParticipants;
            _most[g] = Math.Max(0, of?.MaxAdd ?? space.Facts.MostParticipants);
            _base[g] = of is null ? _leaderSeat : of.Size + (of.NeedsLeader ? 1 : 0);
        }

        _led = new int[space.Leaders.Length];
        _wholeGroupsLed = new int[space.Facts.People.Count];
        _blocked = new SlotSet[space.Leaders.Length];
        Clear();
    }

    /// <summary>The numbers of the groups there are, in no meaningful order; whole standing ones always.</summary>
    public ReadOnlySpan<int> Groups => _groups.AsSpan(0, _count);

    public int MostGroups => _groups.Length;

    public bool IsFull => _freeCount == 0;

    public Score Score => new(_placedBefore + _seated + _newLeaders, 0, _ifNeeded, _count, _balance ? _squares : 0);

    /// <summary>Whether the group is one that stands and needs nobody new.</summary>
    public bool IsWholeStanding(int group) => group < _standing && _space.Standing[group].IsWhole;

    public bool IsOpen(int group) => _placeInGroups[group] != None;

    /// <summary>Participants whom the group needs, beside members of a standing one, and seats that it has for them.</summary>
    public int FewestOf(int group) => _fewest[group];

    /// <inheritdoc cref="FewestOf"/>
    public int MostOf(int group) => _most[group];

    /// <summary>All people in the group.</summary>
    public int PeopleIn(int group) => _base[group] + _size[group];

    public int UnplacedParticipants => _space.Participants.Length - _seated;

    public ReadOnlySpan<ulong> Unplaced => _unplaced;

    public int SlotOf(int group) => _slot[group];

    /// <summary>The leader's number; −1 where nobody leads.</summary>
    public int LeaderOf(int group) => _leader[group];

    /// <summary>Seats taken beside the leader's.</summary>
    public int SizeOf(int group) => _size[group];

    public int FirstMember(int group) => _head[group];

    public int NextMember(int participant) => _next[participant];

    public int GroupsLed(int leader) => _led[leader];

    public bool CanLead(int leader, int slot) =>
        _led[leader] < _space.LeaderCapacity[leader] && _space.LeaderStarts[leader].Contains(slot) && !_blocked[leader].Contains(slot);

    /// <summary>The starts at which a group could be opened now, were there people for it.</summary>
    public SlotSet OpenStarts()
    {
        if (_leaderSeat == 0)
            return _space.NewStarts;
        var starts = default(SlotSet);
        for (var l = 0; l < _led.Length; l++)
        {
            if (_led[l] < _space.LeaderCapacity[l])
                starts |= _space.LeaderStarts[l].Except(_blocked[l]);
        }

        return starts & _space.NewStarts;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public int UnplacedAt(int slot)
    {
        var starters = _space.StartersAt.AsSpan(slot * _space.Words, _space.Words);
        var count = 0;
        for (var w = 0; w < starters.Length; w++)
            count += BitOperations.PopCount(starters[w] & _unplaced[w]);
        return count;
    }

    public void Clear()
    {
        Array.Fill(_groupOf, None);
        Array.Fill(_headAtSlot, None);
        Array.Clear(_led);
        Array.Clear(_blocked);
        Array.Fill(_placeInGroups, None);
        for (_freeCount = 0; _freeCount < _free.Length; _freeCount++)
            _free[_freeCount] = _groups.Length - 1 - _freeCount;
        for (var w = 0; w < _unplaced.Length; w++)
            _unplaced[w] = ulong.MaxValue;
        if (_unplaced.Length > 0 && (_space.Participants.Length & 63) is > 0 and var rest)
            _unplaced[^1] = (1UL << rest) - 1;
        _count = 0;
        _slotsInUse = default;
        _seated = _newLeaders = _ifNeeded = 0;
        _squares = 0;
        Array.Clear(_wholeGroupsLed);
        _placedBefore = _space.PlacedBefore;
        for (var g = 0; g < _standing; g++)
        {
            if (_space.Standing[g].IsWhole)
                OpenAs(g, _space.Standing[g].Slot, None);
        }
    }

    /// <summary>A new group without participants; its number.</summary>
    public int Open(int slot, int leader) => OpenAs(_free[--_freeCount], slot, leader);

    /// <summary>A short standing group that is to be filled, with the leader that it lacks or −1.</summary>
    public int OpenStanding(int standing, int leader)
    {
        var of = _space.Standing[standing];
        _placedBefore += of.Size - (of.Facilitator == None ? 0 : 1);
        if (of.Facilitator != None)
            AddWholeGroupLed(of.Facilitator);
        return OpenAs(standing, of.Slot, leader);
    }

    private void AddWholeGroupLed(int person)
    {
        if (_wholeGroupsLed[person]++ == 0 && !_space.Facts.People[person].AlreadyPlaced && _space.Facts.WholeGroupsLed[person] == 0)
            _newLeaders++;
    }

    private void RemoveWholeGroupLed(int person)
    {
        if (--_wholeGroupsLed[person] == 0 && !_space.Facts.People[person].AlreadyPlaced && _space.Facts.WholeGroupsLed[person] == 0)
            _newLeaders--;
    }

    private int OpenAs(int group, int slot, int leader)
    {
        _placeInGroups[group] = _count;
        _groups[_count++] = group;
        _slot[group] = slot;
        _leader[group] = leader;
        _head[group] = None;
        _size[group] = 0;
        _nextAtSlot[group] = _headAtSlot[slot];
        _headAtSlot[slot] = group;
        _slotsInUse.Add(slot);
        _squares += (long)_base[group] * _base[group];
        if (leader != None)
        {
            _led[leader]++;
            AddWholeGroupLed(_space.Leaders[leader]);
            if (!_space.LeaderRegularStarts[leader].Contains(slot))
                _ifNeeded++;
            _blocked[leader] |= _space.Conflicts[slot];
        }

        return group;
    }

    public void Close(int group)
    {
        while (_head[group] != None)
            Unseat(_head[group]);
        if (IsWholeStanding(group))
            return;
        var (slot, leader) = (_slot[group], _leader[group]);
        ref var link = ref _headAtSlot[slot];
        while (link != group)
            link = ref _nextAtSlot[link];
        link = _nextAtSlot[group];
        if (_headAtSlot[slot] == None)
            _slotsInUse.Remove(slot);

        var place = _placeInGroups[group];
        var moved = _groups[--_count];
        _groups[place] = moved;
        _placeInGroups[moved] = place;
        _placeInGroups[group] = None;
        _squares -= (long)_base[group] * _base[group];
        if (group >= _standing)
        {
            _free[_freeCount++] = group;
        }
        else
        {
            var of = _space.Standing[group];
            _placedBefore -= of.Size - (of.Facilitator == None ? 0 : 1);
            if (of.Facilitator != None)
                RemoveWholeGroupLed(of.Facilitator);
        }

        if (leader == None)
            return;
        _led[leader]--;
        RemoveWholeGroupLed(_space.Leaders[leader]);
        if (!_space.LeaderRegularStarts[leader].Contains(slot))
            _ifNeeded--;
        _blocked[leader] = default;
        if (_led[leader] == 0)
            return;
        foreach (var other in Groups)
        {
            if (_leader[other] == leader)
                _blocked[leader] |= _space.Conflicts[_slot[other]];
        }
    }

    public void Seat(int participant, int group)
    {
        _unplaced[participant >> 6] &= ~(1UL << (participant & 63));
        _groupOf[participant] = group;
        _previous[participant] = None;
        _next[participant] = _head[group];
        if (_head[group] != None)
            _previous[_head[group]] = participant;
        _head[group] = participant;
        _squares += 2 * (_size[group]++ + _base[group]) + 1;
        _seated++;
        _ifNeeded += NeedsIfNeeded(participant, group);
    }

    public void Unseat(int participant)
    {
        var group = _groupOf[participant];
        _unplaced[participant >> 6] |= 1UL << (participant & 63);
        _groupOf[participant] = None;
        var (previous, next) = (_previous[participant], _next[participant]);
        if (previous != None)
            _next[previous] = next;
        else
            _head[group] = next;
        if (next != None)
            _previous[next] = previous;
        _squares -= 2 * (--_size[group] + _base[group]) + 1;
        _seated--;
        _ifNeeded -= NeedsIfNeeded(participant, group);
    }

    /// <summary>1 where this would be an if-needed seat, else 0.</summary>
    public int NeedsIfNeeded(int participant, int group) => _space.RegularStarts[participant].Contains(_slot[group]) ? 0 : 1;

    /// <summary>
    /// Seats one more participant in the groups that stand, moving others along a shortest chain of groups where needed;
    /// false when no such chain exists, and then these groups hold as many people as they can.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public bool PlaceOneMore()
    {
        var seen = default(SlotSet);
        var (first, end) = (0, 0);
        foreach (var slot in _slotsInUse)
        {
            if (FirstUnplacedAt(slot) == None)
                continue;
            if (Reach(slot, None, ref end) is var roomy and not None)
            {
                SeatAlongChain(roomy);
                return true;
            }

            seen.Add(slot);
        }

        while (first < end)
        {
            var group = _queue[first++];
            var reach = default(SlotSet);
            for (var m = _head[group]; m != None; m = _next[m])
                reach |= _space.Starts[m];
            reach = (reach & _slotsInUse).Except(seen);
            foreach (var slot in reach)
            {
                if (Reach(slot, group, ref end) is var roomy and not None)
                {
                    SeatAlongChain(roomy);
                    return true;
                }

                seen.Add(slot);
            }
        }

        return false;
    }

    /// <summary>
    /// Fills the groups that stand to their minimum, none beyond it; a group that cannot reach it is closed, the emptiest first.
    /// </summary>
    public void FillToFewest()
    {
        _onlyToFewest = true;
        while (true)
        {
            while (PlaceOneMore())
            {
            }

            var emptiest = None;
            foreach (var group in Groups)
            {
                if (_size[group] < _fewest[group] && (emptiest == None || _size[group] < _size[emptiest] || (_size[group] == _size[emptiest] && group < emptiest)))
                    emptiest = group;
            }

            if (emptiest == None)
                break;
            Close(emptiest);
        }

        _onlyToFewest = false;
    }

    public void SeatFirstUnplaced(int group) => Seat(FirstUnplacedAt(_slot[group]), group);

    /// <summary>Notes from where all groups of a slot were reached; the first of them with an empty seat, or −1.</summary>
    private int Reach(int slot, int from, ref int end)
    {
        for (var g = _headAtSlot[slot]; g != None; g = _nextAtSlot[g])
        {
            _reachedFrom[g] = from;
            if (_size[g] < (_onlyToFewest ? _fewest : _most)[g])
                return g;
            _queue[end++] = g;
        }

        return None;
    }

    private void SeatAlongChain(int group)
    {
        while (_reachedFrom[group] is var from and not None)
        {
            var slot = _slot[group];
            var moving = None;
            for (var m = _head[from]; m != None; m = _next[m])
            {
                if (_space.Starts[m].Contains(slot) && (moving == None || _space.RegularStarts[m].Contains(slot)))
                    moving = m;
            }

            Unseat(moving);
            Seat(moving, group);
            group = from;
        }

        Seat(FirstUnplacedAt(_slot[group]), group);
    }

    /// <summary>The hardest participant to place who can start there, one without reserve before one "if needed"; −1 if none.</summary>
    private int FirstUnplacedAt(int slot)
    {
        var at = slot * _space.Words;
        var reserve = None;
        for (var w = 0; w < _unplaced.Length; w++)
        {
            var regular = _space.RegularStartersAt[at + w] & _unplaced[w];
            if (regular != 0)
                return (w << 6) + BitOperations.TrailingZeroCount(regular);
            var any = _space.StartersAt[at + w] & _unplaced[w];
            if (any != 0 && reserve == None)
                reserve = (w << 6) + BitOperations.TrailingZeroCount(any);
        }

        return reserve;
    }

    public void CopyTo(SeatingCopy copy)
    {
        copy.Groups = _count;
        for (var i = 0; i < _count; i++)
        {
            copy.Slot[i] = _slot[_groups[i]];
            copy.Standing[i] = _groups[i] < _standing ? _groups[i] : None;
            copy.Leader[i] = _leader[_groups[i]];
        }

        for (var p = 0; p < _groupOf.Length; p++)
            copy.GroupOf[p] = _groupOf[p] == None ? None : _placeInGroups[_groupOf[p]];
        copy.Score = Score;
    }

    public void Restore(SeatingCopy copy)
    {
        Clear();
        for (var i = 0; i < copy.Groups; i++)
            _restored[i] = copy.Standing[i] == None ? Open(copy.Slot[i], copy.Leader[i])
                : IsWholeStanding(copy.Standing[i]) ? copy.Standing[i]
                : OpenStanding(copy.Standing[i], copy.Leader[i]);
        for (var p = 0; p < _groupOf.Length; p++)
        {
            if (copy.GroupOf[p] != None)
                Seat(p, _restored[copy.GroupOf[p]]);
        }
    }

    public SeatingCopy NewCopy()
    {
        var copy = new SeatingCopy(_groups.Length, _groupOf.Length);
        CopyTo(copy);
        return copy;
    }
}

/// <summary>A seating put aside.</summary>
internal sealed class SeatingCopy(int groups, int participants)
{
    public int Groups { get; set; }

    public Score Score { get; set; }

    public int[] Slot { get; } = new int[groups];

    public int[] Leader { get; } = new int[groups];

    /// <summary>Per place the standing group, −1 for a new one.</summary>
    public int[] Standing { get; } = new int[groups];

    /// <summary>Per participant the place of the group in this copy, −1 for none.</summary>
    public int[] GroupOf { get; } = new int[participants];
}
