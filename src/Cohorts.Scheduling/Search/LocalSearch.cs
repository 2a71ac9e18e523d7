using System.Numerics;

namespace Cohorts.Scheduling.Search;

/// <summary>
/// A greedy construction with a seeded source of randomness, then taking a few groups apart and building anew around somebody
/// who is left over or sits at an if-needed time. Each seating is filled up along chains of groups before another group is
/// opened. Only the time limit depends on the clock: a search that is not cut off by it depends on problem and seed alone.
/// </summary>
internal sealed class LocalSearch
{
    private const int None = -1;

    private readonly SearchSpace _space;
    private readonly Seating _seating;
    private readonly Exchange _exchange;
    private readonly Randomness _random;
    private readonly SearchWatch _watch;
    private readonly SeatingCopy _current;
    private readonly SeatingCopy _best;
    private readonly Func<bool> _goOn;
    private bool _hasBuilt;
    private readonly ulong[] _surplus;
    private readonly int _fewest;
    private readonly int[] _short;
    private readonly int _most;
    private readonly bool _led;

    public LocalSearch(SearchSpace space, int seed, SearchWatch watch)
    {
        _space = space;
        _seating = new Seating(_space);
        _exchange = new Exchange(_space, _seating);
        _random = new Randomness(seed);
        _watch = watch;
        _current = _seating.NewCopy();
        _best = _seating.NewCopy();
        // A first grouping is always made to its end: the best of no time at all would be that nobody can be placed.
        _goOn = () => watch.GoOn() || _best.Score.Placed == 0 && !_hasBuilt;
        _surplus = new ulong[_space.Words];
        _fewest = space.Facts.FewestParticipants;
        _short = [.. Enumerable.Range(0, space.Standing.Length).Where(g => !space.Standing[g].IsWhole && space.Standing[g].MaxAdd >= (space.Standing[g].NeedsLeader ? 0 : 1))];
        _most = space.Facts.MostParticipants;
        _led = space.Facts.Led;
    }

    public Score Best => _best.Score;

    public int Participants => _space.Participants.Length;

    /// <summary>Greedy constructions, each from nothing.</summary>
    public void Construct(long times)
    {
        for (var i = 0L; i < times && _goOn(); i++)
        {
            _seating.Clear();
            Build();
            _hasBuilt = true;
            if (_seating.Score.Placed >= _best.Score.Placed)
                _exchange.Improve(_random, _goOn);
            Keep();
            _watch.Report(_best.Score.Placed, (double)i / times);
        }
    }

    /// <summary>Takes a few groups apart and builds anew around somebody who is left over, from the best grouping on.</summary>
    /// <param name="attempts">How many times.</param>
    /// <param name="onlySeats">Ends as soon as the best places as many as is possible without an if-needed seat.</param>
    public void Improve(long attempts, bool onlySeats = false)
    {
        BackToBest();
        var stale = 0L;
        for (var i = 0L; i < attempts && _goOn(); i++)
        {
            if (onlySeats && _best.Score.IfNeeded == 0 && _best.Score.Placed == _watch.UpperBound)
                return;
            TakeApart();
            Build();
            if (_seating.Score.Placed > _best.Score.Placed
                || (_seating.Score.Placed == _best.Score.Placed && (_seating.Groups.Length <= 64 || i % 16 == 0)))
            {
                _exchange.Improve(_random, _goOn);
            }

            var score = _seating.Score;
            stale = Keep() ? 0 : stale + 1;
            if (stale > attempts / 4)
            {
                BackToBest();
                stale = 0;
            }
            else if (IsAccepted(score))
            {
                _seating.CopyTo(_current);
            }
            else
            {
                _seating.Restore(_current);
            }

            _watch.Report(_best.Score.Placed, (double)i / attempts);
        }
    }

    /// <summary>Builds around the groups of a plan: first those that it has more than half, then as many of the others as still find people.</summary>
    public void Follow(List<PlannedGroup> plan, ColumnPool columns)
    {
        _seating.Clear();
        foreach (var planned in plan)
        {
            if (planned.Share > 0.5)
                OpenPlanned(planned, columns);
        }

        foreach (var planned in plan)
        {
            if (planned.Share <= 0.5)
                OpenPlanned(planned, columns);
        }

        Finish();
    }

    /// <summary>Builds around whole groups only, filling every one to its minimum before any to more.</summary>
    public void FollowStarts(ReadOnlySpan<(int Slot, int Leader, int Standing)> groups)
    {
        _seating.Clear();
        foreach (var (slot, leader, standing) in groups)
        {
            if (standing != None)
            {
                if (!_seating.IsOpen(standing) && (!_space.Standing[standing].NeedsLeader || _seating.CanLead(leader, slot)))
                    _seating.OpenStanding(standing, _space.Standing[standing].NeedsLeader ? leader : None);
                continue;
            }

            if (!_seating.IsFull && (leader == None || _seating.CanLead(leader, slot)))
                _seating.Open(slot, leader);
        }

        _seating.FillToFewest();
        FillUp();
        Finish();
    }

    private void OpenPlanned(PlannedGroup planned, ColumnPool columns)
    {
        var block = columns.Block(planned.Column);
        var group = block.Standing;
        if (block.Kind == BlockKind.New)
        {
            if (_seating.IsFull || (planned.Leader != None && !_seating.CanLead(planned.Leader, planned.Slot)))
                return;
        }
        else if (block.Kind == BlockKind.Fill && (_seating.IsOpen(group) || (_space.Standing[group].NeedsLeader && !_seating.CanLead(planned.Leader, planned.Slot))))
        {
            return;
        }

        var free = 0;
        var unplaced = _seating.Unplaced;
        foreach (var p in columns.Comers(planned.Column))
            free += (unplaced[p >> 6] >> (p & 63) & 1) != 0 ? 1 : 0;
        if (free < block.Fewest && _seating.UnplacedAt(planned.Slot) < block.Fewest)
            return;
        group = block.Kind switch
        {
            BlockKind.New => _seating.Open(planned.Slot, planned.Leader),
            BlockKind.Fill => _seating.OpenStanding(group, _space.Standing[group].NeedsLeader ? planned.Leader : None),
            _ => group,
        };
        foreach (var p in columns.Comers(planned.Column))
        {
            if ((_seating.Unplaced[p >> 6] >> (p & 63) & 1) != 0 && _seating.SizeOf(group) < _seating.MostOf(group))
                _seating.Seat(p, group);
        }

        while (_seating.SizeOf(group) < _seating.FewestOf(group))
            _seating.SeatFirstUnplaced(group);
    }

    private void Finish()
    {
        Build();
        _hasBuilt = true;
        _exchange.Improve(_random, _goOn);
        Keep();
    }

    private bool Keep()
    {
        if (!_seating.Score.IsBetterThan(_best.Score))
            return false;
        _seating.CopyTo(_best);
        return true;
    }

    private void BackToBest()
    {
        _seating.Restore(_best);
        _seating.CopyTo(_current);
    }

    private bool IsAccepted(in Score score)
    {
        if (!_current.Score.IsBetterThan(score))
            return true;
        var roll = _random.Below(100);
        return score.Placed >= _current.Score.Placed - (roll < 70 ? 0 : roll < 93 ? 1 : 2) && roll % 2 == 0;
    }

    private void Build()
    {
        FillShortGroups();
        if (_random.Below(2) == 0)
            FillUp();
        var aroundTheHardest = _random.Below(3) == 0;
        while (_goOn() && OpenWhereMost(aroundTheHardest))
        {
        }

        FillUp();
        while (_goOn() && OpenByPulling(_seating.OpenStarts()))
            FillUp();
    }

    /// <summary>Makes short standing groups whole, which places all their members; now and then one is passed over.</summary>
    private void FillShortGroups()
    {
        var offset = _short.Length == 0 ? 0 : _random.Below(_short.Length);
        for (var i = 0; i < _short.Length && _goOn(); i++)
        {
            var group = _short[(i + offset) % _short.Length];
            var standing = _space.Standing[group];
            if (_seating.IsOpen(group) || _random.Below(8) == 0)
                continue;
            var leader = standing.NeedsLeader ? LeaderFor(standing.Slot) : None;
            if (standing.NeedsLeader && leader == None)
                continue;
            var waiting = _seating.UnplacedAt(standing.Slot);
            if (waiting < standing.MinAdd)
            {
                NoteSurplus();
                if (!Pull(standing.Slot, standing.MinAdd - waiting))
                    continue;
            }

            _seating.OpenStanding(group, leader);
            while (_seating.SizeOf(group) < standing.MinAdd)
                _seating.SeatFirstUnplaced(group);
        }
    }

    private void FillUp()
    {
        while (_goOn() && _seating.PlaceOneMore())
        {
        }
    }

    /// <summary>Opens a group at the start where the most of the unplaced fit, with some chance in it; false if nowhere enough do.</summary>
    private bool OpenWhereMost(bool aroundTheHardest)
    {
        if (_seating.IsFull)
            return false;
        var open = _seating.OpenStarts();
        var wanted = aroundTheHardest ? HardestUnplaced(open) : None;
        if (wanted != None)
            open &= _space.Starts[wanted];
        var (chosen, most) = (None, 0);
        foreach (var slot in open)
        {
            var count = _seating.UnplacedAt(slot);
            if (count == 0 || count < _fewest)
                continue;
            var worth = Math.Min(count, _most) * 4 + _random.Below(8);
            if (worth > most)
                (chosen, most) = (slot, worth);
        }

        return chosen != None ? TryOpen(chosen, LeaderFor(chosen), wanted) : wanted != None && OpenWhereMost(aroundTheHardest: false);
    }

    private int HardestUnplaced(in SlotSet open)
    {
        var unplaced = _seating.Unplaced;
        for (var w = 0; w < unplaced.Length; w++)
        {
            for (var rest = unplaced[w]; rest != 0; rest &= rest - 1)
            {
                var participant = (w << 6) + BitOperations.TrailingZeroCount(rest);
                if (_space.Starts[participant].Overlaps(open) && _random.Below(4) != 0)
                    return participant;
            }
        }

        return None;
    }

    /// <summary>A leader who leads nothing yet before one who does, one who is free without reserve, one with few starts; −1 where nobody leads.</summary>
    private int LeaderFor(int slot)
    {
        var (chosen, least) = (None, int.MaxValue);
        foreach (var leader in _space.LeadersAt[slot])
        {
            if (!_seating.CanLead(leader, slot))
                continue;
            var cost = _random.Below(_space.LeaderStarts[leader].Count + 4)
                + (_space.LeaderRegularStarts[leader].Contains(slot) ? 0 : 100)
                + (_seating.GroupsLed(leader) == 0 && _space.LeaderIsNew[leader] ? 0 : 1000);
            if (cost < least)
                (chosen, least) = (leader, cost);
        }

        return chosen;
    }

    /// <summary>Opens one group that places somebody, its other seats filled from groups that can spare people; false if there is none.</summary>
    private bool OpenByPulling(in SlotSet open)
    {
        if (_seating.IsFull)
            return false;
        NoteSurplus();
        var offset = _random.Below(_space.Slots);
        for (var i = 0; i < _space.Slots; i++)
        {
            var slot = (i + offset) % _space.Slots;
            if (open.Contains(slot) && TryOpen(slot, LeaderFor(slot), None))
                return true;
        }

        return false;
    }

    private void NoteSurplus()
    {
        Array.Clear(_surplus);
        foreach (var group in _seating.Groups)
        {
            if (_seating.SizeOf(group) <= _seating.FewestOf(group))
                continue;
            for (var m = _seating.FirstMember(group); m != None; m = _seating.NextMember(m))
                _surplus[m >> 6] |= 1UL << (m & 63);
        }
    }

    /// <summary>Opens a group at the slot if that places at least one more person; the surplus must have been noted if seats must be pulled.</summary>
    private bool TryOpen(int slot, int leader, int wanted)
    {
        // Full where a group may be its leader alone, and many are.
        if ((_led && leader == None) || _seating.IsFull || !_space.NewStarts.Contains(slot))
            return false;
        var waiting = _seating.UnplacedAt(slot);
        var placesLeader = leader != None && _seating.GroupsLed(leader) == 0 && _space.LeaderIsNew[leader];
        if ((_most == 0 || waiting == 0) && !placesLeader)
            return false;
        if (waiting < _fewest && !Pull(slot, _fewest - waiting))
            return false;
        Fill(_seating.Open(slot, leader), slot, wanted);
        return true;
    }

    /// <summary>Takes that many people who can start at the slot out of groups that keep enough without them; false, and nobody moved, if too few.</summary>
    private bool Pull(int slot, int needed)
    {
        var at = slot * _space.Words;
        var spare = 0;
        for (var w = 0; w < _surplus.Length; w++)
            spare += BitOperations.PopCount(_surplus[w] & _space.StartersAt[at + w]);
        if (spare < needed)
            return false;

        spare = 0;
        foreach (var group in _seating.Groups)
        {
            var here = 0;
            for (var m = _seating.FirstMember(group); m != None; m = _seating.NextMember(m))
                here += _space.Starts[m].Contains(slot) ? 1 : 0;
            spare += Math.Min(here, Math.Max(0, _seating.SizeOf(group) - _seating.FewestOf(group)));
            if (spare >= needed)
                break;
        }

        if (spare < needed)
            return false;
        foreach (var group in _seating.Groups)
        {
            for (var m = _seating.FirstMember(group); m != None && needed > 0 && _seating.SizeOf(group) > _seating.FewestOf(group);)
            {
                var next = _seating.NextMember(m);
                if (_space.Starts[m].Contains(slot))
                {
                    _seating.Unseat(m);
                    needed--;
                }

                m = next;
            }
        }

        return true;
    }

    private void Fill(int group, int slot, int wanted)
    {
        var seats = _most;
        if (wanted != None && seats > 0)
        {
            _seating.Seat(wanted, group);
            seats--;
        }

        // Hardest to place first, now and then somebody passed over; then whoever can come "if needed"; then those passed over.
        for (var pass = 0; pass < 3 && seats > 0; pass++)
        {
            var at = slot * _space.Words;
            var unplaced = _seating.Unplaced;
            for (var w = 0; w < unplaced.Length && seats > 0; w++)
            {
                var starters = pass == 0 ? _space.RegularStartersAt[at + w] : _space.StartersAt[at + w];
                for (var rest = starters & unplaced[w]; rest != 0 && seats > 0; rest &= rest - 1)
                {
                    if (pass < 2 && _random.Below(8) == 0)
                        continue;
                    _seating.Seat((w << 6) + BitOperations.TrailingZeroCount(rest), group);
                    seats--;
                }
            }
        }
    }

    private void TakeApart()
    {
        var roll = _random.Below(10);
        if (_seating.Score.IfNeeded > 0 && _random.Below(_seating.UnplacedParticipants > 0 ? 4 : 2) == 0)
        {
            EaseIfNeeded();
        }
        else if (roll < 4 && _seating.UnplacedParticipants > 0)
        {
            var unplaced = RandomUnplaced();
            MakeRoomFor(unplaced, RandomSlot(_space.Starts[unplaced]));
        }
        else if (_seating.Groups.Length > 0 && roll < 7)
        {
            for (var i = _random.Below(3); i >= 0 && _seating.Groups.Length > 0; i--)
                _seating.Close(RandomGroup());
        }
        else if (_seating.Groups.Length > 0)
        {
            var group = RandomGroup();
            var leader = _seating.LeaderOf(group);
            Move(group, leader == None ? _space.NewStarts : _space.LeaderStarts[leader]);
        }
    }

    /// <summary>Somebody who sits at a time that is if-needed for them: a group at another of their starts, or their group is closed.</summary>
    private void EaseIfNeeded()
    {
        var skip = _random.Below(_seating.Score.IfNeeded);
        foreach (var group in _seating.Groups)
        {
            var leader = _seating.LeaderOf(group);
            if (leader != None && !_space.LeaderRegularStarts[leader].Contains(_seating.SlotOf(group)) && skip-- == 0)
            {
                Move(group, _space.LeaderRegularStarts[leader]);
                return;
            }

            for (var m = _seating.FirstMember(group); m != None; m = _seating.NextMember(m))
            {
                if (_seating.NeedsIfNeeded(m, group) == 0 || skip-- != 0)
                    continue;
                if (_random.Below(3) == 0 || _space.RegularStarts[m].IsEmpty)
                {
                    Move(group, leader == None ? _space.NewStarts : _space.LeaderStarts[leader]);
                }
                else
                {
                    _seating.Unseat(m);
                    if (_seating.SizeOf(group) < _seating.FewestOf(group))
                        _seating.Close(group);
                    MakeRoomFor(m, RandomSlot(_space.RegularStarts[m]));
                }

                return;
            }
        }
    }

    /// <summary>Closes the group, and opens another with its leader at one of the starts.</summary>
    private void Move(int group, in SlotSet starts)
    {
        var leader = _seating.LeaderOf(group);
        _seating.Close(group);
        NoteSurplus();
        if (starts.IsEmpty)
            return;
        var slot = RandomSlot(starts);
        if (leader == None || _seating.CanLead(leader, slot))
            TryOpen(slot, leader, None);
    }

    /// <summary>A group around this participant at the start; what stands in its way is closed.</summary>
    private void MakeRoomFor(int participant, int slot)
    {
        var leader = None;
        if (_led)
        {
            var leaders = _space.LeadersAt[slot];
            if (leaders.Length == 0)
                return;
            leader = leaders[_random.Below(leaders.Length)];
            for (var i = _seating.Groups.Length - 1; i >= 0 && !_seating.CanLead(leader, slot); i--)
            {
                if (_seating.LeaderOf(_seating.Groups[i]) == leader)
                    _seating.Close(_seating.Groups[i]);
            }
        }
        else if (_seating.Groups.Length > 0)
        {
            _seating.Close(RandomGroup());
        }

        NoteSurplus();
        TryOpen(slot, leader, participant);
    }

    private int RandomGroup() => _seating.Groups[_random.Below(_seating.Groups.Length)];

    private int RandomUnplaced()
    {
        var skip = _random.Below(_seating.UnplacedParticipants);
        var unplaced = _seating.Unplaced;
        for (var w = 0; ; w++)
        {
            var count = BitOperations.PopCount(unplaced[w]);
            if (skip >= count)
            {
                skip -= count;
                continue;
            }

            var rest = unplaced[w];
            for (; skip > 0; skip--)
                rest &= rest - 1;
            return (w << 6) + BitOperations.TrailingZeroCount(rest);
        }
    }

    private int RandomSlot(in SlotSet slots)
    {
        var skip = _random.Below(slots.Count);
        foreach (var slot in slots)
        {
            if (skip-- == 0)
                return slot;
        }

        throw new InvalidOperationException("A random start was asked of a set without any.");
    }

    /// <summary>The best grouping found.</summary>
    public Solution Formed()
    {
        var formed = new List<FormedGroup>(_best.Groups);
        var standing = _space.Facts.Problem.Standing;
        var open = new bool[standing.Count];
        for (var g = 0; g < _best.Groups; g++)
        {
            var (leader, continued) = (_best.Leader[g] == None ? (int?)null : _space.Leaders[_best.Leader[g]], _best.Standing[g]);
            if (continued != None)
                open[continued] = true;
            formed.Add(continued == None
                ? new FormedGroup(_best.Slot[g], leader, [])
                : new FormedGroup(_best.Slot[g], standing[continued].Facilitator ?? leader, [.. Learners(standing[continued])], continued));
        }

        for (var p = 0; p < _best.GroupOf.Length; p++)
        {
            if (_best.GroupOf[p] != None)
                formed[_best.GroupOf[p]].Participants.Add(_space.Participants[p]);
        }

        for (var g = 0; g < open.Length; g++)
        {
            if (!open[g])
                formed.Add(new FormedGroup(standing[g].Slot, standing[g].Facilitator, [.. Learners(standing[g])], g));
        }

        return Solution.Of(_space.Facts, formed);

        static IEnumerable<int> Learners(SlotGroup group) => group.Members.Where(m => m != group.Facilitator);
    }
}
