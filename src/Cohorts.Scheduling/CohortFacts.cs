namespace Cohorts.Scheduling;

/// <summary>What can be said of a cohort before any group is formed: who can start when, and where a group is possible at all.</summary>
internal sealed class CohortFacts
{
    private readonly PersonFacts[] _people;
    private readonly int[] _participantsAt = new int[SlotSet.SlotsPerWeek];

    private CohortFacts(Problem problem, PersonFacts[] people)
    {
        Problem = problem;
        Led = problem.IsLed;
        _people = people;
        foreach (var person in people)
        {
            if (person.Person.Role == Role.Participant)
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

        for (var slot = 0; slot < SlotSet.SlotsPerWeek; slot++)
        {
            if (_participantsAt[slot] >= FewestParticipants && (!Led || UsableFacilitatorStarts.Contains(slot)))
                GroupStarts.Add(slot);
        }
    }

    public Problem Problem { get; }

    public bool Led { get; }

    public IReadOnlyList<PersonFacts> People => _people;

    /// <summary>Fewest and most seats of a group beside its facilitator.</summary>
    public int FewestParticipants => Problem.MinPeople - (Led ? 1 : 0);

    /// <inheritdoc cref="FewestParticipants"/>
    public int MostParticipants => Problem.MaxPeople - (Led ? 1 : 0);

    public SlotSet FacilitatorStarts { get; }

    public SlotSet UsableFacilitatorStarts { get; }

    public int UsableFacilitators { get; }

    /// <summary>The starts at which some valid group exists.</summary>
    public readonly SlotSet GroupStarts;

    public int ParticipantsAt(int slot) => _participantsAt[slot];

    public static CohortFacts Of(Problem problem, CancellationToken cancel)
    {
        var led = problem.IsLed;
        var people = new PersonFacts[problem.People.Count];
        for (var i = 0; i < people.Length; i++)
        {
            cancel.ThrowIfCancellationRequested();
            people[i] = PersonFacts.Of(problem, problem.People[i], led);
        }

        return new CohortFacts(problem, people);
    }

    /// <summary>Whether two meetings of the cohort's length overlap on the circle of the week.</summary>
    public bool Conflict(int slot, int other)
    {
        var apart = Math.Abs(slot - other) * SlotSet.MinutesPerSlot;
        return Math.Min(apart, WeekInterval.MinutesPerWeek - apart) < Problem.MeetingLengthMinutes;
    }
}

/// <param name="Person">As given.</param>
/// <param name="Regular">The hours given without reserve, less those already taken.</param>
/// <param name="Free">With the if-needed hours where they may be used.</param>
/// <param name="RegularStarts">Starts at which the whole meeting lies in <paramref name="Regular"/>.</param>
/// <param name="Starts">Starts at which the whole meeting lies in <paramref name="Free"/>.</param>
/// <param name="Capacity">Groups this person may lead; 0 for a participant, and where nobody leads.</param>
/// <param name="Unreadable">What cannot be read in the hours, or null.</param>
internal sealed record PersonFacts(
    Person Person,
    Availability Regular,
    Availability Free,
    SlotSet RegularStarts,
    SlotSet Starts,
    int Capacity,
    string? Unreadable)
{
    public static PersonFacts Of(Problem problem, Person person, bool led)
    {
        string? unreadable = null;
        var ifNeeded = Availability.None;
        if (!Availability.TryParse(person.Availability, out var regular, out var wrong))
            unreadable = $"The free hours cannot be read: {wrong}.";
        else if (problem.UseIfNeeded && !Availability.TryParse(person.IfNeeded, out ifNeeded, out wrong))
            unreadable = $"The if-needed hours cannot be read: {wrong}.";
        if (unreadable is not null)
            return new PersonFacts(person, Availability.None, Availability.None, default, default, 0, unreadable);

        var free = regular.Union(ifNeeded).Except(person.Busy);
        regular = regular.Except(person.Busy);
        var starts = free.Starts(problem.MeetingLengthMinutes);
        var leads = led && person.Role == Role.Facilitator && !starts.IsEmpty;
        return new PersonFacts(
            person,
            regular,
            free,
            regular.Starts(problem.MeetingLengthMinutes),
            starts,
            leads ? Math.Clamp(person.MaxGroups, 0, SlotSet.SlotsPerWeek) : 0,
            null);
    }
}
