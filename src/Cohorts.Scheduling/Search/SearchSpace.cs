namespace Cohorts.Scheduling.Search;

/// <summary>What a search may change.</summary>
[Flags]
internal enum SearchScope
{
    /// <summary>Whoever sits stays; nobody whom a pair concerns gets a seat.</summary>
    Newcomers = 0,

    /// <summary>Members of standing groups may move too.</summary>
    Moves = 1,

    /// <summary>People in pairs are placed too.</summary>
    Pairs = 2,
}

/// <summary>
/// The facts as the search reads them: only people who can get a new seat, only slots at which one is possible.
/// Participants are numbered from the one with the fewest slots on, so the first bits of a set are the hardest to place.
/// </summary>
internal sealed class SearchSpace
{
    private const int None = -1;

    public SearchSpace(CohortFacts facts, SearchScope scope)
    {
        Facts = facts;
        Scope = scope;
        Moves = scope.HasFlag(SearchScope.Moves);
        var movable = new bool[facts.People.Count];
        var standingStarts = default(SlotSet);
        for (var i = 0; i < movable.Length; i++)
            movable[i] = facts.People[i].Role == Role.Participant && (Moves || facts.Home[i] == None) && MayChange(i);
        foreach (var (group, g) in facts.Problem.Standing.Select((g, i) => (g, i)))
        {
            if (Moves || Room(facts, g) > 0 || NeedsLeader(facts, g))
                standingStarts.Add(group.Slot);
        }

        NewStarts = SlotsOfNewGroups(movable);
        Leaders = Sorted(i => facts.People[i].Role == Role.Facilitator && MayChange(i) && FreeGroups(i, Moves) > 0, NewStarts | standingStarts);
        Participants = Sorted(i => movable[i], NewStarts | standingStarts);
        Starts = [.. Participants.Select(i => facts.People[i].Starts & (NewStarts | standingStarts))];
        RegularStarts = [.. Participants.Select(i => facts.People[i].RegularStarts & (NewStarts | standingStarts))];
        LeaderStarts = [.. Leaders.Select(i => LeadableStarts(i) & (NewStarts | standingStarts))];
        LeaderRegularStarts = [.. Leaders.Select((i, l) => facts.People[i].RegularStarts & LeaderStarts[l])];
        LeaderIsNew = [.. Leaders.Select(i => !facts.People[i].AlreadyPlaced && facts.WholeGroupsLed[i] == 0)];
        LeaderCapacity = [.. Leaders.Select((i, l) => Math.Min(FreeGroups(i, Moves), MostMeetings(LeaderStarts[l])))];
        ParticipantOf = Numbers(Participants);
        LeaderOf = Numbers(Leaders);
        Standing = [.. facts.Problem.Standing.Select((_, g) => StandingFacts.Of(this, g))];

        Words = (Participants.Length + 63) / 64;
        StartersAt = new ulong[Slots * Words];
        RegularStartersAt = new ulong[Slots * Words];
        for (var p = 0; p < Participants.Length; p++)
        {
            foreach (var slot in Starts[p])
                StartersAt[slot * Words + (p >> 6)] |= 1UL << (p & 63);
            foreach (var slot in RegularStarts[p])
                RegularStartersAt[slot * Words + (p >> 6)] |= 1UL << (p & 63);
        }

        LeadersAt = new int[Slots][];
        for (var slot = 0; slot < Slots; slot++)
        {
            var here = slot;
            LeadersAt[slot] = [.. Enumerable.Range(0, Leaders.Length).Where(l => LeaderStarts[l].Contains(here))];
        }

        var placed = new HashSet<int>();
        foreach (var (group, g) in facts.Problem.Standing.Select((g, i) => (g, i)))
        {
            if (!facts.IsWhole[g])
                continue;
            placed.UnionWith(group.Members.Where(m => !facts.People[m].AlreadyPlaced));
            WholeGroups++;
            WholeSquares += (long)group.Members.Count * group.Members.Count;
        }

        PlacedBefore = placed.Count;
    }

    public CohortFacts Facts { get; }

    public SearchScope Scope { get; }

    /// <summary>Whether members of standing groups are among the participants.</summary>
    public bool Moves { get; }

    public int Slots => Facts.Slots;

    /// <summary>The slots at which some valid new group exists.</summary>
    public SlotSet NewStarts { get; }

    /// <summary>Participant number to index in the cohort.</summary>
    public int[] Participants { get; }

    /// <summary>Index in the cohort to participant number, −1 for none.</summary>
    public int[] ParticipantOf { get; }

    /// <summary>Per participant the slots of new seats.</summary>
    public SlotSet[] Starts { get; }

    public SlotSet[] RegularStarts { get; }

    /// <summary>Leader number to index in the cohort.</summary>
    public int[] Leaders { get; }

    /// <summary>Index in the cohort to leader number, −1 for none.</summary>
    public int[] LeaderOf { get; }

    public SlotSet[] LeaderStarts { get; }

    public SlotSet[] LeaderRegularStarts { get; }

    /// <summary>Groups that a leader may lead anew, and can in the hours there are; where people may move, once all they lead are dissolved.</summary>
    public int[] LeaderCapacity { get; }

    /// <summary>Whether leading a first whole group places this leader.</summary>
    public bool[] LeaderIsNew { get; }

    public StandingFacts[] Standing { get; }

    /// <summary>People in standing groups that are whole, those groups, and the squares of their sizes: what a grouping without any change has.</summary>
    public int PlacedBefore { get; }

    /// <inheritdoc cref="PlacedBefore"/>
    public int WholeGroups { get; }

    /// <inheritdoc cref="PlacedBefore"/>
    public long WholeSquares { get; }

    public int[][] LeadersAt { get; }

    /// <summary>Words of 64 bits in a set of participants.</summary>
    public int Words { get; }

    /// <summary>Per slot a set of participants, <see cref="Words"/> words each: who can start there.</summary>
    public ulong[] StartersAt { get; }

    /// <summary>As <see cref="StartersAt"/>, without those for whom it would be an if-needed seat.</summary>
    public ulong[] RegularStartersAt { get; }

    /// <summary>Per slot the slots whose meeting overlaps with it, itself included.</summary>
    public IReadOnlyList<SlotSet> Conflicts => Facts.Problem.Overlapping;

    /// <summary>Groups that somebody may lead beside the standing ones; where those may be dissolved, in their place too.</summary>
    public int FreeGroups(int person, bool dissolved) => Math.Max(0, Facts.People[person].Capacity - (dissolved ? 0 : Facts.GroupsLed[person]));

    private static int Room(CohortFacts facts, int group) =>
        facts.Problem.MaxPeople - facts.Problem.Standing[group].Members.Count - (NeedsLeader(facts, group) ? 1 : 0);

    private static bool NeedsLeader(CohortFacts facts, int group) => facts.Led && facts.Problem.Standing[group].Facilitator is null;

    private bool MayChange(int person) => Scope.HasFlag(SearchScope.Pairs) || !Facts.IsPaired(person);

    private SlotSet SlotsOfNewGroups(bool[] movable)
    {
        var (participants, leaders) = (new int[Slots], default(SlotSet));
        for (var i = 0; i < movable.Length; i++)
        {
            if (movable[i])
            {
                foreach (var slot in Facts.People[i].Starts)
                    participants[slot]++;
            }
            else if (Facts.People[i].Role == Role.Facilitator && MayChange(i) && FreeGroups(i, Moves) > 0)
            {
                leaders |= LeadableStarts(i);
            }
        }

        var starts = default(SlotSet);
        foreach (var slot in Facts.Problem.Open)
        {
            if (participants[slot] >= Facts.FewestParticipants && (!Facts.Led || leaders.Contains(slot)))
                starts.Add(slot);
        }

        return starts;
    }

    /// <summary>Without the slots that overlap with groups which they lead and which stay.</summary>
    private SlotSet LeadableStarts(int person)
    {
        var starts = Facts.People[person].Starts;
        if (Moves || Facts.GroupsLed[person] == 0)
            return starts;
        foreach (var group in Facts.Problem.Standing)
        {
            if (group.Facilitator == person)
                starts = starts.Except(Facts.Problem.Overlapping[group.Slot]);
        }

        return starts;
    }

    /// <summary>No more meetings than this can be at these slots without overlapping: of slots that all overlap with each other one can be taken.</summary>
    private int MostMeetings(in SlotSet starts)
    {
        var cliques = 0;
        var left = starts;
        while (!left.IsEmpty)
        {
            cliques++;
            var clique = default(SlotSet);
            var common = left;
            foreach (var slot in left)
            {
                if (!common.Contains(slot))
                    continue;
                clique.Add(slot);
                common &= Facts.Problem.Overlapping[slot];
            }

            left = left.Except(clique);
        }

        return cliques;
    }

    private int[] Sorted(Func<int, bool> takes, SlotSet slots) =>
    [
        .. Enumerable.Range(0, Facts.People.Count)
            .Where(i => takes(i) && (Facts.People[i].Role == Role.Facilitator || Facts.MostParticipants > 0) && Facts.People[i].Starts.Overlaps(slots))
            .OrderBy(i => (Facts.People[i].Starts & slots).Count)
            .ThenBy(i => i),
    ];

    private int[] Numbers(int[] people)
    {
        var numbers = new int[Facts.People.Count];
        Array.Fill(numbers, None);
        for (var n = 0; n < people.Length; n++)
            numbers[people[n]] = n;
        return numbers;
    }
}

/// <summary>A standing group as the search reads it.</summary>
/// <param name="Slot">Its meeting.</param>
/// <param name="Facilitator">By index in the cohort; −1 where it has none.</param>
/// <param name="Size">People in it.</param>
/// <param name="IsWhole">Whether it is not short.</param>
/// <param name="NeedsLeader">Whether a facilitator must be added to make it whole.</param>
/// <param name="Movable">Members, by participant number, who can sit elsewhere.</param>
/// <param name="MinAdd">Participants who must come to make a short group whole.</param>
/// <param name="MaxAdd">Participants who may come, nobody leaving; below zero where a short group cannot be made whole.</param>
/// <param name="CanDissolve">Whether all members can sit elsewhere, and may.</param>
internal sealed record StandingFacts(
    int Slot, int Facilitator, int Size, bool IsWhole, bool NeedsLeader, int[] Movable, int MinAdd, int MaxAdd, bool CanDissolve)
{
    public static StandingFacts Of(SearchSpace space, int index)
    {
        var facts = space.Facts;
        var group = facts.Problem.Standing[index];
        var needsLeader = facts.Led && group.Facilitator is null;
        var withLeader = group.Members.Count + (needsLeader ? 1 : 0);
        var learners = group.Members.Where(m => m != group.Facilitator).ToList();
        int[] movable = space.Moves ? [.. learners.Select(m => space.ParticipantOf[m]).Where(p => p >= 0).Order()] : [];
        return new StandingFacts(
            group.Slot,
            group.Facilitator ?? -1,
            group.Members.Count,
            facts.IsWhole[index],
            needsLeader,
            movable,
            facts.IsWhole[index] ? 0 : Math.Max(0, facts.Problem.MinPeople - withLeader),
            facts.Problem.MaxPeople - withLeader,
            space.Moves && movable.Length == learners.Count);
    }
}
