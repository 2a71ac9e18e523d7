namespace Cohorts.Scheduling.Search;

/// <summary>
/// Finds what one leader cannot do: of slots that all overlap with each other they lead at one. As rows from the beginning these would be too
/// many; they are added where a solution breaks them.
/// </summary>
internal sealed class OverlapCuts(MasterProblem master, ColumnPool columns)
{
    private readonly SearchSpace _space = master.Space;

    public List<Restriction> Find(LinearProgram program)
    {
        var cuts = new List<Restriction>();
        if (!_space.Moves && !Array.Exists(_space.LeaderCapacity, c => c > 1))
            return cuts;
        var loads = new Dictionary<int, SortedDictionary<int, double>>();
        var basis = program.Basis;
        for (var i = 0; i < basis.Length; i++)
        {
            if (basis[i].Kind != BasicKind.Column || program.Value(i) < 1e-5)
                continue;
            var block = columns.Block(basis[i].Index);
            if (basis[i].Post >= 0 && master.Posts[basis[i].Post] is { IsNewSeat: true } post && MeetsTwice(post.Leader))
                Add(loads, post.Leader, block.Slot, program.Value(i));
            else if (block.Kind == BlockKind.Dissolve && LeaderOf(block.Standing) is >= 0 and var leader)
                Add(loads, leader, block.Slot, -program.Value(i));
        }

        foreach (var (leader, load) in loads.OrderBy(l => l.Key))
        {
            if (_space.Moves)
            {
                for (var g = 0; g < _space.Standing.Length; g++)
                {
                    if (LeaderOf(g) == leader)
                        load[_space.Standing[g].Slot] = load.GetValueOrDefault(_space.Standing[g].Slot) + 1;
                }
            }

            Separate(leader, load, cuts);
        }

        return cuts;
    }

    private bool MeetsTwice(int leader) => _space.LeaderCapacity[leader] > 1 || (_space.Moves && _space.Facts.GroupsLed[_space.Leaders[leader]] > 0);

    private int LeaderOf(int standing) => _space.Standing[standing].Facilitator is >= 0 and var person ? _space.LeaderOf[person] : -1;

    private static void Add(Dictionary<int, SortedDictionary<int, double>> loads, int leader, int slot, double share)
    {
        if (!loads.TryGetValue(leader, out var load))
            loads[leader] = load = [];
        load[slot] = load.GetValueOrDefault(slot) + share;
    }

    private void Separate(int leader, SortedDictionary<int, double> load, List<Restriction> cuts)
    {
        var covered = default(SlotSet);
        foreach (var (first, share) in load.Where(l => l.Value > 1e-4))
        {
            var (clique, common, sum) = (default(SlotSet), _space.Conflicts[first], share);
            clique.Add(first);
            foreach (var (slot, more) in load)
            {
                if (slot == first || more <= 1e-4 || !common.Contains(slot))
                    continue;
                clique.Add(slot);
                common &= _space.Conflicts[slot];
                sum += more;
            }

            // Two standing groups at once are exempt; nothing new may be added to them.
            var standing = StandingIn(leader, clique);
            if (sum <= Math.Max(1, standing) + 1e-4 || covered.Overlaps(clique))
                continue;
            covered |= clique;
            foreach (var slot in common & _space.LeaderStarts[leader])
            {
                if (!clique.Contains(slot) && common.Contains(slot) && StandingAt(leader, slot) == 0)
                {
                    clique.Add(slot);
                    common &= _space.Conflicts[slot];
                }
            }

            cuts.Add(new Restriction(Measure.Leads, true, Math.Max(0, 1 - StandingIn(leader, clique))) { Slots = clique, Index = leader });
        }
    }

    private int StandingIn(int leader, SlotSet slots)
    {
        var count = 0;
        foreach (var slot in slots)
            count += StandingAt(leader, slot);
        return count;
    }

    private int StandingAt(int leader, int slot)
    {
        var count = 0;
        for (var g = 0; g < _space.Standing.Length && _space.Moves; g++)
            count += _space.Standing[g].Slot == slot && LeaderOf(g) == leader ? 1 : 0;
        return count;
    }
}
