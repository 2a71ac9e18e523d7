namespace Cohorts.Scheduling;

/// <summary>What can be said of a cohort before any group is formed: who can start when, who sits where, whom pairs concern.</summary>
internal sealed class CohortFacts
{
    private const int None = -1;

    private readonly PersonFacts[] _people;
    private readonly int[] _participantsAt;

    public CohortFacts(SlotProblem problem, CancellationToken cancel)
    {
        Problem = problem;
        Slots = problem.Overlapping.Count;
        _people = new PersonFacts[problem.People.Count];
        _participantsAt = new int[Slots];
        Home = new int[_people.Length];
        Array.Fill(Home, None);
        GroupsLed = new int[_people.Length];
        WholeGroupsLed = new int[_people.Length];
        IsWhole = new bool[problem.Standing.Count];
        for (var g = 0; g < IsWhole.Length; g++)
            AddStanding(g, problem.Standing[g]);
        for (var i = 0; i < _people.Length; i++)
        {
            cancel.ThrowIfCancellationRequested();
            _people[i] = PersonFacts.Of(problem, problem.People[i], GroupsLed[i] > 0);
            AddPerson(_people[i]);
        }

        Apart = Adjacent(problem.Apart);
        Together = Adjacent(problem.Together);
    }

    public SlotProblem Problem { get; }

    public int Slots { get; }

    public bool Led => Problem.Led;

    public IReadOnlyList<PersonFacts> People => _people;

    /// <summary>Per participant the standing group they sit in, −1 for none.</summary>
    public int[] Home { get; }

    /// <summary>Per person the standing groups they lead.</summary>
    public int[] GroupsLed { get; }

    /// <summary>Of those the ones that are not short.</summary>
    public int[] WholeGroupsLed { get; }

    /// <summary>Per standing group whether it has enough members, and a facilitator where there must be one.</summary>
    public bool[] IsWhole { get; }

    /// <summary>Per person those who must not sit in one group with them.</summary>
    public int[][] Apart { get; }

    /// <summary>Per person those who must sit in a group in which either has a new seat.</summary>
    public int[][] Together { get; }

    /// <summary>Fewest and most seats of a group beside its facilitator.</summary>
    public int FewestParticipants => Problem.MinPeople - (Led ? 1 : 0);

    /// <inheritdoc cref="FewestParticipants"/>
    public int MostParticipants => Problem.MaxPeople - (Led ? 1 : 0);

    /// <summary>Slots at which some facilitator is free.</summary>
    public SlotSet FacilitatorStarts { get; private set; }

    /// <summary>Slots at which some facilitator is free who may lead any group.</summary>
    public SlotSet UsableFacilitatorStarts { get; private set; }

    public int UsableFacilitators { get; private set; }

    public bool IsPaired(int person) => Apart[person].Length + Together[person].Length > 0;

    /// <summary>Participants of the whole cohort who are free at the slot.</summary>
    public int ParticipantsAt(int slot) => _participantsAt[slot];

    public bool Overlap(int slot, int other) => Problem.Overlapping[slot].Contains(other);

    private void AddStanding(int index, SlotGroup group)
    {
        IsWhole[index] = group.Members.Count >= Problem.MinPeople && (!Led || group.Facilitator is not null);
        foreach (var member in group.Members)
        {
            if (member != group.Facilitator)
            {
                Home[member] = index;
                continue;
            }

            GroupsLed[member]++;
            WholeGroupsLed[member] += IsWhole[index] ? 1 : 0;
        }
    }

    private void AddPerson(PersonFacts person)
    {
        if (person.Role == Role.Participant)
        {
            foreach (var slot in person.Starts)
                _participantsAt[slot]++;
        }
        else if (Led)
        {
            FacilitatorStarts |= person.Starts;
            if (person.Capacity > 0)
            {
                UsableFacilitators++;
                UsableFacilitatorStarts |= person.Starts;
            }
        }
    }

    private int[][] Adjacent(IReadOnlyList<(int One, int Other)> pairs)
    {
        var adjacent = new HashSet<int>[_people.Length];
        foreach (var (one, other) in pairs)
        {
            (adjacent[one] ??= []).Add(other);
            (adjacent[other] ??= []).Add(one);
        }

        return [.. adjacent.Select(a => a is null ? [] : a.Order().ToArray())];
    }
}

/// <param name="Role">As given.</param>
/// <param name="AlreadyPlaced">As given.</param>
/// <param name="RegularStarts">Slots at which the person is free without reserve.</param>
/// <param name="Starts">With the if-needed ones.</param>
/// <param name="Capacity">Groups this person may lead, standing ones counted; 0 for a participant, and where nobody leads.</param>
internal sealed record PersonFacts(Role Role, bool AlreadyPlaced, SlotSet RegularStarts, SlotSet Starts, int Capacity)
{
    public static PersonFacts Of(SlotProblem problem, SlotPerson person, bool leads)
    {
        var starts = (person.Free | person.IfNeeded).Except(person.Blocked);
        var mayLead = problem.Led && person.Role == Role.Facilitator && (leads || !starts.IsEmpty);
        return new PersonFacts(
            person.Role,
            person.AlreadyPlaced,
            person.Free.Except(person.Blocked),
            starts,
            mayLead ? Math.Clamp(person.MaxGroups, 0, problem.Overlapping.Count) : 0);
    }
}
