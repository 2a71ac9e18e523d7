namespace Cohorts.Scheduling;

/// <summary>
/// The rules once more, on the finished grouping and from the hours themselves, whatever search made it: a grouping that breaks
/// one must never be saved.
/// </summary>
internal static class RulesCheck
{
    /// <exception cref="InvalidOperationException">Names the group and the rule it breaks.</exception>
    public static void Demand(WeeklyCohort cohort, Grouping grouping)
    {
        var problem = cohort.Problem;
        var people = problem.People.Select((person, i) => (person, cohort.People[i])).ToDictionary(p => p.person.Id, StringComparer.Ordinal);
        var standing = problem.Standing.ToDictionary(g => g.Id, StringComparer.Ordinal);
        var seats = new Dictionary<string, List<Seat>>(StringComparer.Ordinal);
        foreach (var group in grouping.Groups)
        {
            var before = group.StandingId is { } id ? standing[id] : null;
            var ids = group.Members.Select(m => m.Id).ToHashSet(StringComparer.Ordinal);
            var some = group.Members.Any(m => before?.Members.Contains(m.Id, StringComparer.Ordinal) != true);
            if (before is null && (group.StartMinute is < 0 or >= WeekInterval.MinutesPerWeek || group.StartMinute % SlotSet.MinutesPerFineSlot != 0))
                throw Broken(group, "starts off the grid");
            if (before is not null && (before.StartMinute != group.StartMinute || before.LengthMinutes != group.LengthMinutes))
                throw Broken(group, $"continues {before.Id} at another time");
            if (before?.FacilitatorId is { } facilitator && facilitator != group.FacilitatorId)
                throw Broken(group, $"continues {before.Id} without its facilitator");
            var leaders = group.Members.Where(m => m.Role == Role.Facilitator).Select(m => m.Id).ToList();
            if (leaders.Count > 1 || leaders.FirstOrDefault() != group.FacilitatorId || (before is null && leaders.Count != (grouping.Led ? 1 : 0)))
                throw Broken(group, $"has {leaders.Count} facilitators");
            var isWhole = IsWhole(problem, grouping.Led, group.Members.Count, group.FacilitatorId);
            if (before is null ? !isWhole || group.Members.Count > problem.MaxPeople : some && group.Members.Count > problem.MaxPeople)
                throw Broken(group, $"has {group.Members.Count} people, not {problem.MinPeople} to {problem.MaxPeople}");
            if (before is not null && (IsWhole(problem, grouping.Led, before.Members.Count, before.FacilitatorId) ? !isWhole : !ids.IsSupersetOf(before.Members) || (some && !isWhole)))
                throw Broken(group, $"continues {before.Id} and is short");
            foreach (var member in group.Members)
                DemandSeat(group, member, before, people[member.Id], seats);
            foreach (var (one, other) in problem.Apart)
            {
                if (ids.Contains(one) && ids.Contains(other) && (IsNew(before, one) || IsNew(before, other)))
                    throw Broken(group, $"seats {one} and {other}, who are to be kept apart");
            }

            foreach (var (one, other) in problem.Together)
            {
                if (((ids.Contains(one) && IsNew(before, one)) || (ids.Contains(other) && IsNew(before, other))) && !(ids.Contains(one) && ids.Contains(other)))
                    throw Broken(group, $"seats one of {one} and {other}, who are to sit together");
            }
        }

        DemandStanding(problem, grouping, seats);
        foreach (var (id, held) in seats)
        {
            var most = people[id].person.Role == Role.Facilitator ? Math.Max(0, people[id].person.MaxGroups) : 1;
            if (held.Count > most && held.Exists(s => s.IsNew))
                throw new InvalidOperationException($"{id} sits in {held.Count} groups, {most} allowed.");
        }

        var expected = problem.People.Where(p => !p.AlreadyPlaced).Select(p => p.Id).ToHashSet(StringComparer.Ordinal);
        var placed = seats.Count(s => expected.Contains(s.Key) && s.Value.Exists(seat => IsWhole(problem, grouping.Led, seat.Group.Members.Count, seat.Group.FacilitatorId)));
        if (placed != grouping.Placed || placed > grouping.UpperBound)
            throw new InvalidOperationException($"{placed} people are placed, {grouping.Placed} are told, {grouping.UpperBound} is the limit.");
        expected.ExceptWith(seats.Keys);
        if (grouping.Ungroupable.Count != expected.Count || !expected.SetEquals(grouping.Ungroupable.Select(u => u.Id)))
            throw new InvalidOperationException($"{expected.Count} people are in no group, {grouping.Ungroupable.Count} are listed as ungroupable.");
    }

    private static bool IsWhole(Problem problem, bool led, int size, string? facilitator) => size >= problem.MinPeople && (!led || facilitator is not null);

    private static bool IsNew(StandingGroup? before, string id) => before?.Members.Contains(id, StringComparer.Ordinal) != true;

    /// <summary>Nobody who sat is left without a seat, no more are moved than may be, and no group is gone where nobody may.</summary>
    private static void DemandStanding(Problem problem, Grouping grouping, Dictionary<string, List<Seat>> seats)
    {
        var continued = grouping.Groups.Where(g => g.StandingId is not null).ToLookup(g => g.StandingId, StringComparer.Ordinal);
        var moves = 0;
        foreach (var group in problem.Standing)
        {
            if (continued[group.Id].Count() is var times && (times > 1 || (times == 0 && problem.MaxMoves == 0)))
                throw new InvalidOperationException($"The standing group {group.Id} is continued {times} times.");
            foreach (var member in group.Members.Where(m => m != group.FacilitatorId))
            {
                if (!seats.TryGetValue(member, out var held))
                    throw new InvalidOperationException($"{member} sat in {group.Id} and sits nowhere.");
                moves += held.TrueForAll(s => s.IsNew) ? 1 : 0;
            }
        }

        if (moves > problem.MaxMoves)
            throw new InvalidOperationException($"{moves} people are moved, {problem.MaxMoves} allowed.");
    }

    private static void DemandSeat(
        Group group, Member member, StandingGroup? before, (Person Person, WeeklyPerson Hours) person, Dictionary<string, List<Seat>> seats)
    {
        var meeting = new WeekInterval(group.StartMinute, group.LengthMinutes);
        var isNew = IsNew(before, member.Id);
        if (isNew && (!person.Hours.Free.Contains(meeting) || person.Hours.Busy.Intervals.Any(meeting.Overlaps)))
            throw Broken(group, $"meets when {member.Id} is not free");
        if (member.IfNeeded != (isNew && !person.Hours.Regular.Contains(meeting)))
            throw Broken(group, $"tells the wrong kind of seat for {member.Id}");
        if (!seats.TryGetValue(member.Id, out var held))
            seats[member.Id] = held = [];
        if (held.Exists(other => (isNew || other.IsNew) && meeting.Overlaps(new WeekInterval(other.Group.StartMinute, other.Group.LengthMinutes))))
            throw Broken(group, $"meets when {member.Id} sits in another group");
        held.Add(new Seat(group, isNew));
    }

    private static InvalidOperationException Broken(Group group, string rule) =>
        new($"The group at {MeetingTime.Text(group.StartMinute, group.LengthMinutes)} led by {group.FacilitatorId ?? "nobody"} {rule}.");

    private readonly record struct Seat(Group Group, bool IsNew);
}
