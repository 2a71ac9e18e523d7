namespace Cohorts.Scheduling.Search;

/// <summary>
/// The facts as the search reads them: only people who can sit in some group, only starts at which one is possible.
/// Participants are numbered from the one with the fewest starts on, so the first bits of a set are the hardest to place.
/// </summary>
internal sealed class SearchSpace
{
    public SearchSpace(CohortFacts facts)
    {
        Facts = facts;
        Participants = Seekers(facts, Role.Participant);
        Leaders = Seekers(facts, Role.Facilitator);
        (Starts, RegularStarts) = StartsOf(facts, Participants);
        (LeaderStarts, LeaderRegularStarts) = StartsOf(facts, Leaders);
        LeaderIsNew = [.. Leaders.Select(i => !facts.People[i].Person.AlreadyPlaced)];

        Words = (Participants.Length + 63) / 64;
        StartersAt = new ulong[SlotSet.SlotsPerWeek * Words];
        RegularStartersAt = new ulong[SlotSet.SlotsPerWeek * Words];
        for (var p = 0; p < Participants.Length; p++)
        {
            foreach (var slot in Starts[p])
                StartersAt[slot * Words + (p >> 6)] |= 1UL << (p & 63);
            foreach (var slot in RegularStarts[p])
                RegularStartersAt[slot * Words + (p >> 6)] |= 1UL << (p & 63);
        }

        SlotsPerMeeting = (facts.Problem.MeetingLengthMinutes + SlotSet.MinutesPerSlot - 1) / SlotSet.MinutesPerSlot;
        LeaderCapacity = [.. Leaders.Select((i, l) => facts.People[i].Capacity is > 1 and var most ? Math.Min(most, MostMeetings(LeaderStarts[l])) : 1)];
        Posts = Post.Of(this);
        LeadersAt = new int[SlotSet.SlotsPerWeek][];
        Conflicts = new SlotSet[SlotSet.SlotsPerWeek];
        for (var slot = 0; slot < SlotSet.SlotsPerWeek; slot++)
        {
            var here = slot;
            LeadersAt[slot] = [.. Enumerable.Range(0, Leaders.Length).Where(l => LeaderStarts[l].Contains(here))];
            for (var other = 0; other < SlotSet.SlotsPerWeek; other++)
            {
                if (facts.Conflict(slot, other))
                    Conflicts[slot].Add(other);
            }
        }
    }

    public CohortFacts Facts { get; }

    /// <summary>Participant number to index in the cohort.</summary>
    public int[] Participants { get; }

    public SlotSet[] Starts { get; }

    public SlotSet[] RegularStarts { get; }

    /// <summary>Leader number to index in the cohort.</summary>
    public int[] Leaders { get; }

    public SlotSet[] LeaderStarts { get; }

    public SlotSet[] LeaderRegularStarts { get; }

    /// <summary>Groups that a leader may lead, and can in the hours there are.</summary>
    public int[] LeaderCapacity { get; }

    /// <summary>Whether leading a first group places this leader.</summary>
    public bool[] LeaderIsNew { get; }

    public Post[] Posts { get; }

    /// <summary>A meeting overlaps with those that start fewer slots after it than this.</summary>
    public int SlotsPerMeeting { get; }

    public int[][] LeadersAt { get; }

    /// <summary>Words of 64 bits in a set of participants.</summary>
    public int Words { get; }

    /// <summary>Per slot a set of participants, <see cref="Words"/> words each: who can start there.</summary>
    public ulong[] StartersAt { get; }

    /// <summary>As <see cref="StartersAt"/>, without those for whom it would be an if-needed seat.</summary>
    public ulong[] RegularStartersAt { get; }

    /// <summary>Per slot the slots whose meeting overlaps with it, itself included.</summary>
    public SlotSet[] Conflicts { get; }

    /// <summary>How many meetings fit one after the other at these starts, at most; taking the next that fits is best for each first one.</summary>
    private int MostMeetings(in SlotSet starts)
    {
        var most = 0;
        foreach (var first in starts)
        {
            var (count, free) = (1, first + SlotsPerMeeting);
            for (var slot = free; slot <= first + SlotSet.SlotsPerWeek - SlotsPerMeeting; slot++)
            {
                if (slot < free || !starts.Contains(slot % SlotSet.SlotsPerWeek))
                    continue;
                count++;
                free = slot + SlotsPerMeeting;
            }

            most = Math.Max(most, count);
        }

        return most;
    }

    private static int[] Seekers(CohortFacts facts, Role role) =>
    [
        .. Enumerable.Range(0, facts.People.Count)
            .Where(i => facts.People[i].Person.Role == role
                && (role == Role.Facilitator ? facts.People[i].Capacity > 0 : facts.MostParticipants > 0)
                && facts.People[i].Starts.Overlaps(facts.GroupStarts))
            .OrderBy(i => (facts.People[i].Starts & facts.GroupStarts).Count)
            .ThenBy(i => i),
    ];

    private static (SlotSet[] Starts, SlotSet[] Regular) StartsOf(CohortFacts facts, int[] people) =>
        ([.. people.Select(i => facts.People[i].Starts & facts.GroupStarts)],
         [.. people.Select(i => facts.People[i].RegularStarts & facts.GroupStarts)]);
}
