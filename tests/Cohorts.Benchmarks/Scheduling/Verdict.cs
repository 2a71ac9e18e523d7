using Cohorts.Scheduling;

namespace Cohorts.Benchmarks.Scheduling;

/// <summary>A group as any of the ways forms it: a start on the grid, who leads, who takes part; people as indices in the cohort.</summary>
internal sealed record Meeting(int Slot, int? Leader, IReadOnlyList<int> Participants);

/// <summary>What a grouping is worth, counted from its groups after each rule was looked at: every way is judged by the same.</summary>
internal sealed record Verdict(int Placed, int IfNeeded, int Groups, int Smallest, int Largest)
{
    /// <exception cref="InvalidDataException">Names the rule that is broken.</exception>
    public static Verdict Of(Problem problem, IReadOnlyList<Meeting> meetings)
    {
        var cohort = new Hours(problem);
        var taken = new Dictionary<int, List<int>>();
        var ifNeeded = 0;
        foreach (var meeting in meetings)
        {
            var members = meeting.Participants.Concat(meeting.Leader is { } leader ? [leader] : []).ToList();
            if (members.Count < problem.MinPeople || members.Count > problem.MaxPeople)
                throw new InvalidDataException($"A group has {members.Count} people.");
            if (problem.IsLed != meeting.Leader.HasValue || meeting.Participants.Any(p => problem.People[p].Role == Role.Facilitator)
                || meeting.Leader is { } f && problem.People[f].Role != Role.Facilitator)
            {
                throw new InvalidDataException("A group does not have exactly one facilitator, or has one where nobody leads.");
            }

            foreach (var person in members)
            {
                if (!cohort.Starts[person].Contains(meeting.Slot))
                    throw new InvalidDataException($"{problem.People[person].Id} is not free at slot {meeting.Slot}.");
                ifNeeded += cohort.Regular[person].Contains(meeting.Slot) ? 0 : 1;
                if (!taken.TryGetValue(person, out var slots))
                    taken[person] = slots = [];
                if (slots.Exists(other => cohort.Overlap(other, meeting.Slot)))
                    throw new InvalidDataException($"{problem.People[person].Id} sits in two meetings at once.");
                slots.Add(meeting.Slot);
                if (slots.Count > (problem.People[person].Role == Role.Facilitator ? problem.People[person].MaxGroups : 1))
                    throw new InvalidDataException($"{problem.People[person].Id} sits in {slots.Count} groups.");
            }
        }

        var sizes = meetings.Select(m => m.Participants.Count + (m.Leader is null ? 0 : 1)).DefaultIfEmpty().ToList();
        return new Verdict(taken.Count, ifNeeded, meetings.Count, sizes.Min(), sizes.Max());
    }
}

/// <summary>Who can start when.</summary>
internal sealed class Hours
{
    private readonly int _length;

    public Hours(Problem problem)
    {
        _length = problem.MeetingLengthMinutes;
        Regular = new SlotSet[problem.People.Count];
        Starts = new SlotSet[problem.People.Count];
        for (var i = 0; i < Starts.Length; i++)
        {
            var ifNeeded = Availability.None;
            if (!Availability.TryParse(problem.People[i].Availability, out var regular, out _)
                || problem.UseIfNeeded && !Availability.TryParse(problem.People[i].IfNeeded, out ifNeeded, out _))
            {
                continue;
            }

            Regular[i] = regular.Starts(_length);
            Starts[i] = regular.Union(ifNeeded).Starts(_length);
        }
    }

    public SlotSet[] Regular { get; }

    public SlotSet[] Starts { get; }

    public bool Overlap(int slot, int other)
    {
        var apart = Math.Abs(slot - other) * SlotSet.MinutesPerSlot;
        return Math.Min(apart, WeekInterval.MinutesPerWeek - apart) < _length;
    }
}
