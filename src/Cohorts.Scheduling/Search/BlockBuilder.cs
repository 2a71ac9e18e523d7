namespace Cohorts.Scheduling.Search;

/// <summary>Makes the blocks of a master problem: new groups slot by slot, and what can become of each standing group.</summary>
internal sealed class BlockBuilder(MasterProblem master)
{
    private const int None = -1;

    private readonly SearchSpace _space = master.Space;
    private readonly CohortFacts _facts = master.Space.Facts;

    public void AddAll()
    {
        foreach (var slot in _space.NewStarts)
            AddNew(slot);
        for (var g = 0; g < _space.Standing.Length; g++)
        {
            var standing = _space.Standing[g];
            if (standing.IsWhole)
                AddChange(g, standing);
            else
                AddFill(g, standing);
            if (standing.CanDissolve)
                AddDissolve(g, standing);
        }
    }

    private void AddNew(int slot)
    {
        var (plain, paired) = LeadersOf(slot);
        var block = new Block
        {
            Kind = BlockKind.New,
            Slot = slot,
            Fewest = _facts.FewestParticipants,
            Most = _facts.MostParticipants,
            Base = _facts.Led ? 1 : 0,
            Groups = 1,
        };
        if (!_facts.Led || plain.Length > 0)
            AddWith(block with { Posts = plain }, None, []);
        foreach (var leader in paired)
            AddWith(block with { Posts = master.PostsOf(leader) }, _space.Leaders[leader], []);
    }

    private void AddFill(int g, StandingFacts standing)
    {
        if (standing.MaxAdd < 0 || (standing.MaxAdd == 0 && !standing.NeedsLeader))
            return;
        var learners = standing.Size - (standing.Facilitator == None ? 0 : 1);
        var block = new Block
        {
            Kind = BlockKind.Fill,
            Slot = standing.Slot,
            Standing = g,
            Fewest = standing.MinAdd,
            Most = standing.MaxAdd,
            Base = standing.Size + (standing.NeedsLeader ? 1 : 0),
            Placed = learners,
            Groups = 1,
            Rows = [master.RowOfStanding(g)],
            Coefficients = [1],
        };
        var members = _facts.Problem.Standing[g].Members;
        if (!standing.NeedsLeader)
        {
            AddWith(standing.Facilitator == None ? block : block with { Posts = master.PostsOfOwn(standing.Facilitator) }, None, members);
            return;
        }

        var (plain, paired) = LeadersOf(standing.Slot);
        if (plain.Length > 0)
            AddWith(block with { Posts = plain }, None, members);
        foreach (var leader in paired)
            AddWith(block with { Posts = master.PostsOf(leader) }, _space.Leaders[leader], members);
    }

    private void AddChange(int g, StandingFacts standing)
    {
        if (standing.MaxAdd <= 0 && standing.Movable.Length == 0)
            return;
        var movable = standing.Movable.ToHashSet();
        var fixedMembers = _facts.Problem.Standing[g].Members.Where(m => !(_space.ParticipantOf[m] is var p && p >= 0 && movable.Contains(p))).ToList();
        var block = new Block
        {
            Kind = BlockKind.Change,
            Slot = standing.Slot,
            Standing = g,
            Fewest = Math.Max(0, _facts.Problem.MinPeople - fixedMembers.Count),
            Most = _facts.Problem.MaxPeople - fixedMembers.Count,
            Base = fixedMembers.Count,
            SquaresBefore = (long)standing.Size * standing.Size,
            Rows = [master.RowOfStanding(g)],
            Coefficients = [1],
        };
        if (block.Most >= 0)
            AddWith(block, None, fixedMembers, standing.Movable);
        if (standing.Size > _facts.Problem.MaxPeople && standing.Movable.Length > 0)
        {
            // Larger than allowed it stays valid as long as nobody comes.
            Add(block with { Most = standing.Movable.Length }, standing.Movable, [.. standing.Movable.Select(_ => true)], [], []);
        }
    }

    private void AddDissolve(int g, StandingFacts standing)
    {
        var leader = standing.Facilitator == None ? None : _space.LeaderOf[standing.Facilitator];
        var rows = new List<int>([master.RowOfStanding(g), .. standing.Movable]);
        var coefficients = new List<int>([1, .. standing.Movable.Select(_ => -1)]);
        if (leader != None && master.LeadRow(leader) != None && FreesCapacity(standing.Facilitator))
        {
            rows.Add(master.LeadRow(leader));
            coefficients.Add(-1);
        }

        if (standing is { IsWhole: true, Facilitator: not None } && !_facts.People[standing.Facilitator].AlreadyPlaced)
        {
            rows.Add(master.KeepRow(standing.Facilitator));
            coefficients.Add(1);
        }

        master.Add(new Block
        {
            Kind = BlockKind.Dissolve,
            Slot = standing.Slot,
            Standing = g,
            Rows = [.. rows],
            Coefficients = [.. coefficients],
            Groups = standing.IsWhole ? -1 : 0,
            SquaresBefore = standing.IsWhole ? (long)standing.Size * standing.Size : 0,
        });
    }

    /// <summary>Who leads more than they may leads nothing new until enough of their groups are gone; then each frees one.</summary>
    private bool FreesCapacity(int person) => _facts.People[person].Capacity > 0;

    /// <summary>Posts of leaders without pairs who are free at the slot, and the numbers of those in pairs.</summary>
    private (int[] Plain, int[] Paired) LeadersOf(int slot)
    {
        var leaders = _space.LeadersAt[slot].ToLookup(l => _facts.IsPaired(_space.Leaders[l]));
        return ([.. leaders[false].SelectMany(master.PostsOf)], [.. leaders[true]]);
    }

    /// <summary>Adds the block with those candidates for whom pairs with the leader and the members leave a seat, unless none of its groups can be.</summary>
    private void AddWith(Block block, int newLeader, IReadOnlyList<int> members, int[]? kept = null)
    {
        int[] there = newLeader == None ? [.. members] : [.. members, newLeader];
        var keptPeople = (kept ?? []).Select(p => _space.Participants[p]).ToHashSet();
        var comers = new List<int>();
        for (var p = 0; p < _space.Participants.Length; p++)
        {
            var person = _space.Participants[p];
            if (_space.Starts[p].Contains(block.Slot) && _facts.Home[person] != (block.Standing == None ? -2 : block.Standing) && !_facts.Apart[person].Any(there.Contains))
                comers.Add(p);
        }

        // Whoever needs somebody who cannot come cannot come either.
        while (true)
        {
            var people = comers.Select(p => _space.Participants[p]).Concat(there).Concat(keptPeople).ToHashSet();
            if (comers.RemoveAll(p => !_facts.Together[_space.Participants[p]].All(people.Contains)) == 0)
                break;
        }

        int[] candidates = [.. kept ?? [], .. comers];
        var forced = new List<int>();
        if (newLeader != None)
        {
            if (members.Any(m => _facts.Apart[newLeader].Contains(m)))
                return;
            foreach (var partner in _facts.Together[newLeader])
            {
                var position = Array.FindIndex(candidates, p => _space.Participants[p] == partner);
                if (position >= 0)
                    forced.Add(position);
                else if (!there.Contains(partner))
                    return;
            }
        }

        if (kept is null && block.Kind == BlockKind.Change && candidates.Length == 0)
            return;
        Add(block, candidates, [.. candidates.Select((_, i) => i < (kept?.Length ?? 0))], forced, Links(candidates, kept?.Length ?? 0));
    }

    private List<Link> Links(int[] candidates, int kept)
    {
        var links = new List<Link>();
        for (var one = 0; one < candidates.Length; one++)
        {
            var person = _space.Participants[candidates[one]];
            if (!_facts.IsPaired(person))
                continue;
            for (var other = 0; other < candidates.Length; other++)
            {
                var partner = _space.Participants[candidates[other]];
                if (one >= kept && _facts.Together[person].Contains(partner))
                    links.Add(new Link(one, other, Together: true));
                if (other > one && other >= kept && _facts.Apart[person].Contains(partner))
                    links.Add(new Link(one, other, Together: false));
            }
        }

        return links;
    }

    private void Add(Block block, int[] candidates, bool[] kept, List<int> forced, List<Link> links)
    {
        var most = Math.Min(block.Most, candidates.Length);
        if (candidates.Length < block.Fewest || most < block.Fewest || forced.Count > most)
            return;
        master.Add(block with
        {
            Candidates = candidates,
            Kept = kept,
            IfNeeded = [.. candidates.Select((p, i) => !kept[i] && !_space.RegularStarts[p].Contains(block.Slot))],
            Forced = [.. forced],
            Links = [.. links],
            Most = most,
        });
    }
}
