namespace Cohorts.Scheduling.Search;

/// <summary>The rules in slots: whether a grouping keeps them all.</summary>
internal static class GroupingRules
{
    /// <returns>Null where it does; else the rule that is broken.</returns>
    public static string? Broken(CohortFacts facts, IReadOnlyList<FormedGroup> groups)
    {
        var problem = facts.Problem;
        var continued = new FormedGroup?[problem.Standing.Count];
        var seats = new Dictionary<int, List<(FormedGroup Group, bool IsNew)>>();
        foreach (var group in groups)
        {
            if (group.Standing >= 0)
            {
                if (continued[group.Standing] is not null)
                    return "a standing group is continued twice";
                continued[group.Standing] = group;
            }

            if (BrokenBy(facts, group) is { } broken)
                return broken;
            foreach (var person in MembersOf(group))
            {
                var isNew = IsNew(facts, group, person);
                if (isNew && !facts.People[person].Starts.Contains(group.Slot))
                    return "somebody is not free";
                if (!seats.TryGetValue(person, out var held))
                    seats[person] = held = [];
                if (held.Exists(h => (h.IsNew || isNew) && facts.Overlap(h.Group.Slot, group.Slot)))
                    return "somebody sits in two meetings at once";
                held.Add((group, isNew));
            }
        }

        for (var g = 0; g < continued.Length; g++)
        {
            if (continued[g] is null && problem.MaxMoves == 0)
                return "a standing group is gone, and nobody may move";
        }

        foreach (var (person, held) in seats)
        {
            var most = facts.People[person].Role == Role.Participant ? 1 : problem.People[person].MaxGroups;
            if (held.Count > most && held.Exists(h => h.IsNew))
                return "somebody sits in more groups than they may";
        }

        var moves = 0;
        for (var person = 0; person < facts.Home.Length; person++)
        {
            if (facts.Home[person] < 0)
                continue;
            if (!seats.TryGetValue(person, out var held))
                return "somebody who sat sits nowhere";
            moves += held.TrueForAll(h => h.IsNew) ? 1 : 0;
        }

        return moves > problem.MaxMoves ? "more people are moved than may be" : null;
    }

    private static string? BrokenBy(CohortFacts facts, FormedGroup group)
    {
        var problem = facts.Problem;
        var members = MembersOf(group).ToHashSet();
        if (members.Count != group.Size)
            return "somebody sits in a group twice";
        var isWhole = group.Size >= problem.MinPeople && (!facts.Led || group.Leader is not null);
        var someNew = members.Any(m => IsNew(facts, group, m));
        if (someNew && group.Size > problem.MaxPeople)
            return "a group is too large";
        if (group.Standing < 0 && (!isWhole || group.Size > problem.MaxPeople || (!facts.Led && group.Leader is not null)))
            return "a new group is too small or too large";
        if (group.Standing >= 0)
        {
            var before = problem.Standing[group.Standing];
            if (before.Slot != group.Slot || (before.Facilitator is { } facilitator && group.Leader != facilitator))
                return "a standing group meets at another time, or lost its facilitator";
            if (facts.IsWhole[group.Standing] ? !isWhole : !members.IsSupersetOf(before.Members) || (someNew && !isWhole))
                return "a standing group is short";
        }

        foreach (var member in members)
        {
            foreach (var other in facts.Apart[member])
            {
                if (members.Contains(other) && (IsNew(facts, group, member) || IsNew(facts, group, other)))
                    return "two sit in one group who are to be kept apart";
            }

            if (IsNew(facts, group, member) && !facts.Together[member].All(members.Contains))
                return "somebody sits without the other of their pair";
        }

        return null;
    }

    private static IEnumerable<int> MembersOf(FormedGroup group) => group.Leader is { } leader ? group.Participants.Prepend(leader) : group.Participants;

    private static bool IsNew(CohortFacts facts, FormedGroup group, int person) =>
        group.Standing < 0
        || (facts.People[person].Role == Role.Participant ? facts.Home[person] != group.Standing : facts.Problem.Standing[group.Standing].Facilitator != person);
}
