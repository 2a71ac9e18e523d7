using Cohorts.Scheduling.Search;

namespace Cohorts.Scheduling;

/// <summary>Limits of the goals from counting alone: who can sit in some group, how many groups there can be, and how many seats those have.</summary>
internal static class UpperBound
{
    /// <summary>No valid grouping places more people.</summary>
    public static int Placed(SearchSpace space)
    {
        var facts = space.Facts;
        long seekers = space.Participants.Count(p => facts.Home[p] < 0), room = 0, members = 0;
        var leaders = new HashSet<int>();
        foreach (var standing in space.Standing)
        {
            if (standing.IsWhole)
            {
                room += Math.Max(0, standing.MaxAdd);
                continue;
            }

            if (standing.MaxAdd < (standing.NeedsLeader ? 0 : 1) && !standing.CanDissolve)
                continue;
            members += standing.Size - (standing.Facilitator < 0 ? 0 : 1);
            room += Math.Max(0, standing.MaxAdd);
            if (standing.Facilitator >= 0 && facts.WholeGroupsLed[standing.Facilitator] == 0 && !facts.People[standing.Facilitator].AlreadyPlaced)
                leaders.Add(standing.Facilitator);
        }

        if (space.Moves)
        {
            leaders.UnionWith(space.Leaders.Where((_, l) => space.LeaderIsNew[l]));
            return (int)(space.PlacedBefore + seekers + members + leaders.Count);
        }

        long groups = 0, seats = 0, newLeaders = 0;
        var participantsAt = new int[space.Slots];
        for (var p = 0; p < space.Participants.Length; p++)
        {
            foreach (var slot in space.Starts[p])
                participantsAt[slot]++;
        }

        for (var l = 0; l < space.Leaders.Length; l++)
        {
            var most = 0;
            foreach (var slot in space.LeaderStarts[l])
                most = Math.Max(most, participantsAt[slot]);
            groups += space.LeaderCapacity[l];
            seats += (long)space.LeaderCapacity[l] * Math.Min(most, facts.MostParticipants);
            newLeaders += space.LeaderIsNew[l] && !leaders.Contains(space.Leaders[l]) ? 1 : 0;
        }

        // A group of a standing one's needs nobody else where only its facilitator is missing.
        var withoutComers = space.Standing.Count(s => s is { IsWhole: false, NeedsLeader: true });
        if (facts.FewestParticipants > 0)
            groups = facts.Led ? Math.Min(groups, seekers / facts.FewestParticipants + withoutComers) : seekers / facts.FewestParticipants;
        if (!facts.Led)
            seats = long.MaxValue / 2;
        var placed = Math.Min(Math.Min(seekers, seats + room), groups * facts.MostParticipants + room);
        return (int)(space.PlacedBefore + members + leaders.Count + placed + Math.Min(newLeaders, groups));
    }

    /// <summary>No grouping that places this many has fewer groups.</summary>
    public static int Groups(SearchSpace space, int placed)
    {
        var facts = space.Facts;
        var largest = Math.Max(facts.Problem.MaxPeople, space.Standing.Select(s => s.Size).DefaultIfEmpty().Max());
        var groups = placed == 0 ? 0 : (placed - 1) / largest + 1;
        if (!space.Moves)
        {
            var room = space.Standing.Where(s => s.IsWhole).Sum(s => (long)Math.Max(0, s.MaxAdd));
            var others = Math.Max(0, placed - space.PlacedBefore - room);
            groups = Math.Max(groups, space.WholeGroups + (int)((others + facts.Problem.MaxPeople - 1) / facts.Problem.MaxPeople));
        }

        // Whoever is placed and is no participant leads a group, and no two lead one.
        return facts.Led ? Math.Max(groups, placed - facts.People.Count(p => p.Role == Role.Participant)) : groups;
    }

    /// <summary>No grouping that places this many in this many groups has a smaller sum of squared sizes.</summary>
    public static long Squares(SearchSpace space, int placed, int groups)
    {
        if (groups == 0)
            return 0;
        var facts = space.Facts;
        var facilitators = facts.People.Count(p => p.Role == Role.Facilitator && !p.AlreadyPlaced);
        long seats = facts.Led ? (long)placed - Math.Min(groups, facilitators) + groups : placed;
        var sizes = new List<int>();
        if (!space.Moves)
            sizes.AddRange(space.Standing.Where(s => s.IsWhole).Select(s => s.Size));
        while (sizes.Count < groups)
            sizes.Add(0);
        sizes.Sort();
        var (left, sum) = (seats - sizes.Sum(s => (long)s), 0L);

        // The smallest ones are filled to a common level.
        long level = 0, count = 0, below = 0;
        for (var i = 0; i < sizes.Count; i++)
        {
            if (left > 0 && i * (long)sizes[i] - below >= left)
                break;
            (count, below) = (i + 1, below + sizes[i]);
        }

        if (left <= 0)
            return sizes.Sum(s => (long)s * s);
        level = (below + left) / count;
        var above = below + left - level * count;
        sum = (count - above) * level * level + above * (level + 1) * (level + 1);
        return sum + sizes.Skip((int)count).Sum(s => (long)s * s);
    }
}
