namespace Cohorts.Scheduling;

/// <summary>
/// The rules once more, on the finished grouping and from the hours themselves, whatever search made it: a grouping that breaks
/// one must never be saved.
/// </summary>
internal static class RulesCheck
{
    /// <exception cref="InvalidOperationException">Names the group and the rule it breaks.</exception>
    public static void Demand(CohortFacts facts, Grouping grouping)
    {
        var problem = facts.Problem;
        var people = facts.People.ToDictionary(p => p.Person.Id, StringComparer.Ordinal);
        var meetings = new Dictionary<string, List<Group>>(StringComparer.Ordinal);
        foreach (var group in grouping.Groups)
        {
            if (group.StartMinute is < 0 or >= WeekInterval.MinutesPerWeek || group.StartMinute % SlotSet.MinutesPerSlot != 0)
                throw Broken(group, "starts off the grid");
            if (group.Members.Count < problem.MinPeople || group.Members.Count > problem.MaxPeople)
                throw Broken(group, $"has {group.Members.Count} people, not {problem.MinPeople} to {problem.MaxPeople}");
            var leaders = group.Members.Where(m => m.Role == Role.Facilitator).Select(m => m.Id).ToList();
            if (leaders.Count != (grouping.Led ? 1 : 0) || leaders.FirstOrDefault() != group.FacilitatorId)
                throw Broken(group, $"has {leaders.Count} facilitators");
            foreach (var member in group.Members)
                DemandSeat(group, member, people[member.Id], meetings);
        }

        foreach (var person in facts.People)
        {
            var held = meetings.GetValueOrDefault(person.Person.Id)?.Count ?? 0;
            var most = person.Person.Role == Role.Facilitator ? Math.Max(0, person.Person.MaxGroups) : 1;
            if (held > most)
                throw new InvalidOperationException($"{person.Person.Id} sits in {held} groups, {most} allowed.");
        }

        var expected = facts.People.Where(p => !p.Person.AlreadyPlaced).Select(p => p.Person.Id).ToHashSet(StringComparer.Ordinal);
        var placed = meetings.Keys.Count(expected.Contains);
        if (placed != grouping.Placed || placed > grouping.UpperBound)
            throw new InvalidOperationException($"{placed} people are placed, {grouping.Placed} are told, {grouping.UpperBound} is the limit.");
        expected.ExceptWith(meetings.Keys);
        if (grouping.Ungroupable.Count != expected.Count || !expected.SetEquals(grouping.Ungroupable.Select(u => u.Id)))
            throw new InvalidOperationException($"{expected.Count} people are in no group, {grouping.Ungroupable.Count} are listed as ungroupable.");
    }

    private static void DemandSeat(Group group, Member member, PersonFacts person, Dictionary<string, List<Group>> meetings)
    {
        var meeting = new WeekInterval(group.StartMinute, group.LengthMinutes);
        if (!person.Free.Contains(meeting))
            throw Broken(group, $"meets when {member.Id} is not free");
        if (member.IfNeeded == person.Regular.Contains(meeting))
            throw Broken(group, $"tells the wrong kind of seat for {member.Id}");
        if (!meetings.TryGetValue(member.Id, out var held))
            meetings[member.Id] = held = [];
        if (held.Exists(other => Overlap(meeting, new WeekInterval(other.StartMinute, other.LengthMinutes))))
            throw Broken(group, $"meets when {member.Id} sits in another group");
        held.Add(group);
    }

    private static bool Overlap(WeekInterval one, WeekInterval other) =>
        (other.Start - one.Start + WeekInterval.MinutesPerWeek) % WeekInterval.MinutesPerWeek < one.Length
        || (one.Start - other.Start + WeekInterval.MinutesPerWeek) % WeekInterval.MinutesPerWeek < other.Length;

    private static InvalidOperationException Broken(Group group, string rule) =>
        new($"The group at {MeetingTime.Text(group.StartMinute, group.LengthMinutes)} led by {group.FacilitatorId ?? "nobody"} {rule}.");
}
