namespace Cohorts.Scheduling;

/// <summary>
/// A limit on the people any valid grouping places, from counting alone: who can sit in some group, how many groups there
/// can be at most, and how many seats those have.
/// </summary>
internal static class UpperBound
{
    public static int Of(CohortFacts facts)
    {
        long seekers = 0, groups = 0, seats = 0, newLeaders = 0;
        foreach (var person in facts.People)
        {
            if (!person.Starts.Overlaps(facts.GroupStarts))
                continue;
            if (person.Person.Role == Role.Participant)
            {
                seekers++;
            }
            else if (person.Capacity > 0)
            {
                var most = 0;
                foreach (var slot in person.Starts & facts.GroupStarts)
                    most = Math.Max(most, facts.ParticipantsAt(slot));
                groups += person.Capacity;
                seats += (long)person.Capacity * Math.Min(most, facts.MostParticipants);
                newLeaders += person.Person.AlreadyPlaced ? 0 : 1;
            }
        }

        if (facts.FewestParticipants > 0)
            groups = facts.Led ? Math.Min(groups, seekers / facts.FewestParticipants) : seekers / facts.FewestParticipants;
        if (!facts.Led)
            seats = long.MaxValue;
        return (int)(Math.Min(Math.Min(seekers, seats), groups * facts.MostParticipants) + Math.Min(newLeaders, groups));
    }
}
