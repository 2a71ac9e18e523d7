namespace Cohorts.Scheduling;

/// <summary>
/// The cohort of a file or database as slots: the starts of a week in UTC on a grid of half hours (of quarter hours where somebody's hours or
/// meetings lie off that), then the times of standing groups that are on no grid.
/// </summary>
internal sealed class WeeklyCohort
{
    private readonly List<WeekInterval> _meetings = [];

    public WeeklyCohort(Problem problem, CancellationToken cancel)
    {
        Problem = problem;
        People = new WeeklyPerson[problem.People.Count];
        for (var i = 0; i < People.Length; i++)
        {
            cancel.ThrowIfCancellationRequested();
            People[i] = WeeklyPerson.Of(problem, problem.People[i]);
        }

        MinutesPerSlot = People.Any(p => p.IsOffTheHalfHour) || HasOddMeetings() ? SlotSet.MinutesPerFineSlot : SlotSet.MinutesPerSlot;
        for (var start = 0; start < WeekInterval.MinutesPerWeek; start += MinutesPerSlot)
            _meetings.Add(new WeekInterval(start, problem.MeetingLengthMinutes));
        GridSlots = _meetings.Count;
        Slots = ToSlots();
    }

    public Problem Problem { get; }

    public WeeklyPerson[] People { get; }

    /// <summary>30, or 15 where that can help.</summary>
    public int MinutesPerSlot { get; }

    /// <summary>The first slots are the starts of the week on the grid.</summary>
    public int GridSlots { get; }

    public SlotProblem Slots { get; }

    public WeekInterval Meeting(int slot) => _meetings[slot];

    /// <summary>One sentence on what is too much; null where nothing is.</summary>
    public static string? TooMany(Problem problem)
    {
        var times = problem.Standing
            .Where(g => g.LengthMinutes != problem.MeetingLengthMinutes || g.StartMinute % SlotSet.MinutesPerFineSlot != 0)
            .DistinctBy(g => (g.StartMinute, g.LengthMinutes))
            .Count();
        var most = SlotSet.Capacity - WeekInterval.MinutesPerWeek / SlotSet.MinutesPerFineSlot;
        return times > most ? $"The standing groups meet at {times} different times off the quarter hour or of another length; at most {most} are possible." : null;
    }

    /// <summary>Back-to-back meetings of one facilitator can begin on quarter hours even where all hours are on the half hour.</summary>
    private bool HasOddMeetings() =>
        Problem.IsLed
        && (Problem.MeetingLengthMinutes % SlotSet.MinutesPerSlot != 0
            || Problem.Standing.Any(g => g.StartMinute % SlotSet.MinutesPerSlot != 0 || g.LengthMinutes % SlotSet.MinutesPerSlot != 0))
        && Problem.People.Any(p => p is { Role: Role.Facilitator, MaxGroups: > 1 });

    private SlotProblem ToSlots()
    {
        var index = Problem.People.Select((p, i) => (p.Id, i)).ToDictionary(p => p.Id, p => p.i, StringComparer.Ordinal);
        var standing = Problem.Standing.Select(g => new SlotGroup(
            SlotOf(new WeekInterval(g.StartMinute, g.LengthMinutes)),
            g.FacilitatorId is { } facilitator ? index[facilitator] : null,
            [.. g.Members.Select(m => index[m])])).ToList();
        var people = People.Select((p, i) => ToSlots(p, Problem.People[i])).ToList();
        return new SlotProblem
        {
            MinPeople = Problem.MinPeople,
            MaxPeople = Problem.MaxPeople,
            Balance = Problem.Balance,
            Led = Problem.IsLed,
            Overlapping = Overlapping(),
            Open = Undominated(people),
            People = people,
            Standing = standing,
            MaxMoves = Problem.MaxMoves,
            Apart = [.. Problem.Apart.Select(p => (index[p.One], index[p.Other]))],
            Together = [.. Problem.Together.Select(p => (index[p.One], index[p.Other]))],
        };
    }

    private int SlotOf(WeekInterval meeting)
    {
        if (meeting.Length == Problem.MeetingLengthMinutes && meeting.Start % MinutesPerSlot == 0)
            return meeting.Start / MinutesPerSlot;
        var slot = _meetings.IndexOf(meeting, GridSlots);
        if (slot >= 0)
            return slot;
        _meetings.Add(meeting);
        return _meetings.Count - 1;
    }

    private SlotPerson ToSlots(WeeklyPerson person, Person given)
    {
        var free = person.Regular.Starts(Problem.MeetingLengthMinutes, MinutesPerSlot);
        var any = person.Free.Starts(Problem.MeetingLengthMinutes, MinutesPerSlot);
        for (var slot = GridSlots; slot < _meetings.Count; slot++)
        {
            if (person.Free.Contains(_meetings[slot]))
                any.Add(slot);
            if (person.Regular.Contains(_meetings[slot]))
                free.Add(slot);
        }

        return new SlotPerson(given.Role, free, any.Except(free), person.Blocked(this), given.MaxGroups) { AlreadyPlaced = given.AlreadyPlaced };
    }

    public int SlotCount => _meetings.Count;

    private List<SlotSet> Overlapping()
    {
        var overlapping = new List<SlotSet>(_meetings.Count);
        foreach (var one in _meetings)
        {
            var set = default(SlotSet);
            for (var other = 0; other < _meetings.Count; other++)
            {
                if (one.Overlaps(_meetings[other]))
                    set.Add(other);
            }

            overlapping.Add(set);
        }

        return overlapping;
    }

    /// <summary>
    /// The grid, without the quarter hours that are no better than the half hour before: everybody free then is free there, and just as
    /// willingly. Where somebody may lead several groups all of them stay, because their meetings follow one another.
    /// </summary>
    private SlotSet Undominated(List<SlotPerson> people)
    {
        var open = SlotSet.First(GridSlots);
        if (MinutesPerSlot == SlotSet.MinutesPerSlot || people.Exists(p => p is { Role: Role.Facilitator, MaxGroups: > 1 }))
            return open;
        for (var slot = 1; slot < GridSlots; slot += 2)
        {
            var (here, before) = (slot, slot - 1);
            if (people.TrueForAll(p => Kind(p, here) <= Kind(p, before)))
                open.Remove(slot);
        }

        return open;

        static int Kind(SlotPerson person, int slot) =>
            person.Blocked.Contains(slot) ? 0 : person.Free.Contains(slot) ? 2 : person.IfNeeded.Contains(slot) ? 1 : 0;
    }
}

/// <param name="Regular">The hours given without reserve.</param>
/// <param name="Free">With the if-needed hours where they may be used.</param>
/// <param name="Busy">Hours taken, whatever the other two say.</param>
/// <param name="Unreadable">What cannot be read in the hours, or null.</param>
internal sealed record WeeklyPerson(Availability Regular, Availability Free, Availability Busy, string? Unreadable)
{
    /// <summary>Whether a meeting could begin at a quarter hour and at neither half hour beside it.</summary>
    public bool IsOffTheHalfHour =>
        Free.Intervals.Concat(Regular.Intervals).Concat(Busy.Intervals).Any(i => i.Length < WeekInterval.MinutesPerWeek
            && (i.Start % SlotSet.MinutesPerSlot != 0 || i.Length % SlotSet.MinutesPerSlot != 0));

    public static WeeklyPerson Of(Problem problem, Person person)
    {
        string? unreadable = null;
        var ifNeeded = Availability.None;
        if (!Availability.TryParse(person.Availability, out var regular, out var wrong))
            unreadable = $"The free hours cannot be read: {wrong}.";
        else if (problem.UseIfNeeded && !Availability.TryParse(person.IfNeeded, out ifNeeded, out wrong))
            unreadable = $"The if-needed hours cannot be read: {wrong}.";
        return unreadable is not null
            ? new WeeklyPerson(Availability.None, Availability.None, person.Busy, unreadable)
            : new WeeklyPerson(regular, regular.Union(ifNeeded), person.Busy, null);
    }

    public SlotSet Blocked(WeeklyCohort cohort)
    {
        var blocked = default(SlotSet);
        foreach (var taken in Busy.Intervals)
        {
            for (var slot = 0; slot < cohort.SlotCount; slot++)
            {
                if (taken.Overlaps(cohort.Meeting(slot)))
                    blocked.Add(slot);
            }
        }

        return blocked;
    }
}
