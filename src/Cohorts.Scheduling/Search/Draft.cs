namespace Cohorts.Scheduling.Search;

/// <summary>A grouping in the making: which groups there are, and who sits where as far as that is decided.</summary>
internal sealed class Draft
{
    private const int None = -1;

    private readonly SearchSpace _space;
    private readonly CohortFacts _facts;
    private readonly List<OpenGroup> _groups = [];
    private readonly int[] _groupOf;
    private readonly bool[] _frozen;
    private readonly bool[] _dissolved;
    private readonly bool[] _changed;
    private readonly List<int>[] _leads;

    public Draft(SearchSpace space)
    {
        _space = space;
        _facts = space.Facts;
        _groupOf = new int[space.Participants.Length];
        Array.Fill(_groupOf, SeatFlow.Waiting);
        _frozen = new bool[_groupOf.Length];
        for (var p = 0; p < _frozen.Length; p++)
            _frozen[p] = _facts.IsPaired(space.Participants[p]);
        _dissolved = new bool[space.Standing.Length];
        _changed = new bool[space.Standing.Length];
        _leads = [.. _facts.People.Select(_ => new List<int>())];
        for (var g = 0; g < _dissolved.Length; g++)
        {
            var standing = space.Standing[g];
            if (standing.Facilitator != None)
                _leads[standing.Facilitator].Add(standing.Slot);
            if (!standing.IsWhole)
            {
                // A short group stays entire, or all leave.
                foreach (var p in standing.Movable)
                    _frozen[p] = true;
                continue;
            }

            foreach (var p in standing.Movable)
                _groupOf[p] = _groups.Count;
            var stay = standing.Size - standing.Movable.Length;
            _groups.Add(new OpenGroup(
                standing.Slot, standing.Facilitator, g, stay, Math.Max(0, _facts.Problem.MinPeople - stay), _facts.Problem.MaxPeople - stay));
        }
    }

    public void Dissolve(int standing)
    {
        if (_dissolved[standing] || !_space.Standing[standing].CanDissolve)
            return;
        _dissolved[standing] = true;
        if (_space.Standing[standing].Facilitator is >= 0 and var leader)
            _leads[leader].Remove(_space.Standing[standing].Slot);
        foreach (var p in _space.Standing[standing].Movable)
        {
            _groupOf[p] = SeatFlow.Waiting;
            _frozen[p] = _facts.IsPaired(_space.Participants[p]);
        }

        var at = _groups.FindIndex(g => g.Standing == standing);
        if (at >= 0)
            Remove(at);
    }

    /// <summary>Opens or changes the group of a column, as far as what was taken before leaves it possible.</summary>
    public void Take(ColumnPool columns, PlannedGroup planned)
    {
        var block = columns.Block(planned.Column);
        if (!block.HasGroup || (block.Standing != None && (_dissolved[block.Standing] || _changed[block.Standing])))
            return;
        var leader = planned.Leader == None ? None : _space.Leaders[planned.Leader];
        var at = block.Kind == BlockKind.Change ? _groups.FindIndex(g => g.Standing == block.Standing) : None;
        if (block.Kind != BlockKind.Change)
        {
            var owns = block.Standing != None && _space.Standing[block.Standing].Facilitator is >= 0 and var own ? own : None;
            if (owns == None && leader != None && !CanLead(leader, block.Slot))
                return;
            if (owns == None && leader != None)
                _leads[leader].Add(block.Slot);
            at = _groups.Count;
            _groups.Add(new OpenGroup(block.Slot, owns != None ? owns : leader, block.Standing, block.Base, block.Fewest, block.Most));
        }

        if (block.Standing != None)
            _changed[block.Standing] = true;
        foreach (var p in columns.Comers(planned.Column))
        {
            // Somebody in a pair sits where the column that is taken first has them; whoever sat in a short group that stays cannot come.
            var home = _facts.Home[_space.Participants[p]];
            if (_groupOf[p] == SeatFlow.Waiting ? home == None || _dissolved[home] : home != None && _facts.IsWhole[home] && _groups[_groupOf[p]].Standing == home)
                _groupOf[p] = at;
        }
    }

    /// <summary>The groups of a grouping and who sits in them.</summary>
    public void Take(Solution solution)
    {
        var continued = solution.Groups.Where(g => g.Standing != None).Select(g => g.Standing).ToHashSet();
        for (var g = 0; g < _dissolved.Length; g++)
        {
            if (!continued.Contains(g))
                Dissolve(g);
        }

        foreach (var group in solution.Groups)
        {
            var at = group.Standing == None ? None : _groups.FindIndex(g => g.Standing == group.Standing);
            if (at == None && group.Standing != None && group.Size == _space.Standing[group.Standing].Size)
                continue;
            if (at == None)
            {
                at = _groups.Count;
                var stay = group.Standing == None ? 0 : _space.Standing[group.Standing].Size;
                var added = group.Leader is { } leader && (group.Standing == None || _space.Standing[group.Standing].Facilitator != leader);
                if (added)
                    _leads[group.Leader!.Value].Add(group.Slot);
                stay += added ? 1 : 0;
                _groups.Add(new OpenGroup(
                    group.Slot, group.Leader ?? None, group.Standing, stay, Math.Max(0, _facts.Problem.MinPeople - stay), _facts.Problem.MaxPeople - stay));
            }

            foreach (var person in group.Participants)
            {
                if (_space.ParticipantOf[person] is >= 0 and var p && (group.Standing == None || _facts.Home[person] != group.Standing))
                    _groupOf[p] = at;
            }
        }
    }

    public SeatFlow Flow() => new(_space, _groups, _groupOf, _frozen);

    /// <summary>Closes the group that lacks most people; false where none lacks any.</summary>
    public bool DropEmptiest(SeatFlow flow)
    {
        var (worst, most) = (None, 0);
        for (var g = 0; g < _groups.Count; g++)
        {
            var missing = _groups[g].Fewest - flow.SizeOf(g);
            if (missing > most && (_groups[g].Standing == None || !_space.Standing[_groups[g].Standing].IsWhole))
                (worst, most) = (g, missing);
        }

        if (worst == None)
            return false;
        var group = _groups[worst];
        if (group.Leader != None && (group.Standing == None || _space.Standing[group.Standing].Facilitator != group.Leader))
            _leads[group.Leader].Remove(group.Slot);
        Remove(worst);
        return true;
    }

    /// <summary>Seats who waits and is in a pair, with those they need, in the first group with room for them; whether anybody was.</summary>
    public bool SeatPairs()
    {
        var seated = false;
        for (var p = 0; p < _groupOf.Length; p++)
        {
            var person = _space.Participants[p];
            if (_groupOf[p] != SeatFlow.Waiting || !_facts.IsPaired(person) || (_facts.Home[person] is >= 0 and var home && !_dissolved[home]))
                continue;
            var unit = Unit(p);
            for (var g = 0; g < _groups.Count && unit.Count > 0; g++)
            {
                if (!Fits(unit, g))
                    continue;
                foreach (var one in unit)
                    _groupOf[one] = g;
                seated = true;
                break;
            }
        }

        return seated;
    }

    public List<FormedGroup> Groups()
    {
        var formed = new List<FormedGroup>();
        var open = new bool[_space.Standing.Length];
        foreach (var group in _groups)
        {
            if (group.Standing != None)
                open[group.Standing] = true;
            formed.Add(new FormedGroup(group.Slot, group.Leader == None ? null : group.Leader, [], group.Standing));
        }

        for (var g = 0; g < _groups.Count; g++)
        {
            if (_groups[g].Standing != None)
                formed[g].Participants.AddRange(Stayers(_groups[g].Standing));
        }

        for (var p = 0; p < _groupOf.Length; p++)
        {
            if (_groupOf[p] != SeatFlow.Waiting)
                formed[_groupOf[p]].Participants.Add(_space.Participants[p]);
        }

        for (var g = 0; g < open.Length; g++)
        {
            if (open[g] || _dissolved[g])
                continue;
            var standing = _facts.Problem.Standing[g];
            formed.Add(new FormedGroup(standing.Slot, standing.Facilitator, [.. standing.Members.Where(m => m != standing.Facilitator)], g));
        }

        return formed;
    }

    private IEnumerable<int> Stayers(int standing)
    {
        var movable = _space.Standing[standing].IsWhole ? _space.Standing[standing].Movable : [];
        return _facts.Problem.Standing[standing].Members.Where(m =>
            m != _space.Standing[standing].Facilitator && !movable.Contains(_space.ParticipantOf[m]));
    }

    private bool CanLead(int person, int slot) =>
        _leads[person].Count < _facts.People[person].Capacity && !_leads[person].Exists(other => _facts.Overlap(other, slot));

    private void Remove(int group)
    {
        _groups.RemoveAt(group);
        for (var p = 0; p < _groupOf.Length; p++)
        {
            if (_groupOf[p] == group)
                _groupOf[p] = SeatFlow.Waiting;
            else if (_groupOf[p] > group)
                _groupOf[p]--;
        }
    }

    /// <summary>Participants who must come together with this one; empty where one of them sits elsewhere or cannot come.</summary>
    private List<int> Unit(int participant)
    {
        var unit = new List<int> { participant };
        for (var i = 0; i < unit.Count; i++)
        {
            foreach (var partner in _facts.Together[_space.Participants[unit[i]]])
            {
                var p = _space.ParticipantOf[partner];
                if (p != None && !unit.Contains(p) && _groupOf[p] == SeatFlow.Waiting)
                    unit.Add(p);
            }
        }

        return unit;
    }

    private bool Fits(List<int> unit, int group)
    {
        var of = _groups[group];
        var there = Enumerable.Range(0, _groupOf.Length).Where(p => _groupOf[p] == group).Concat(unit).Select(p => _space.Participants[p]).ToList();
        if (there.Count > of.Most || !unit.TrueForAll(p => _space.Starts[p].Contains(of.Slot)))
            return false;
        if (of.Leader != None)
            there.Add(of.Leader);
        if (of.Standing != None)
            there.AddRange(Stayers(of.Standing));
        return unit.TrueForAll(p =>
            _facts.Home[_space.Participants[p]] != (of.Standing == None ? -2 : of.Standing)
            && _facts.Together[_space.Participants[p]].All(there.Contains)
            && !_facts.Apart[_space.Participants[p]].Any(there.Contains));
    }
}
