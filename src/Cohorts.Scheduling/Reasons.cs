using Cohorts.Scheduling.Search;

namespace Cohorts.Scheduling;

/// <summary>Why each person who is in no group is in none: the first reason that applies, found from the facts and the grouping.</summary>
internal static class Reasons
{
    public static (List<UngroupablePerson> Ungroupable, FacilitatorHour? BestHour) Of(
        WeeklyCohort cohort,
        CohortFacts facts,
        IReadOnlyList<FormedGroup> groups,
        IReadOnlySet<int> seated,
        bool optimal)
    {
        var led = new int[facts.People.Count];
        foreach (var group in groups)
        {
            if (group.Leader is { } leader)
                led[leader]++;
        }

        var full = default(SlotSet);
        foreach (var group in groups)
        {
            if (group.Standing >= 0 && group.Size >= facts.Problem.MaxPeople)
                full.Add(group.Slot);
        }

        var startsOfThoseWhoCanLeadMore = default(SlotSet);
        for (var i = 0; i < led.Length; i++)
        {
            if (led[i] < facts.People[i].Capacity)
                startsOfThoseWhoCanLeadMore |= facts.People[i].Starts;
        }

        var remedies = new Remedies(cohort, facts, groups, seated);
        var ungroupable = new List<UngroupablePerson>();
        for (var i = 0; i < facts.People.Count; i++)
        {
            var person = facts.People[i];
            if (seated.Contains(i) || person.AlreadyPlaced)
                continue;
            var (reason, detail) = Of(cohort, facts, i, startsOfThoseWhoCanLeadMore, full, optimal);
            ungroupable.Add(new UngroupablePerson(cohort.Problem.People[i].Id, reason, detail) { Remedy = remedies.Of(i) });
        }

        return (ungroupable, ungroupable.Count == 0 ? null : remedies.BestFacilitatorHour());
    }

    private static (UngroupableReason Reason, string Detail) Of(
        WeeklyCohort cohort,
        CohortFacts facts,
        int index,
        in SlotSet startsOfThoseWhoCanLeadMore,
        in SlotSet full,
        bool optimal)
    {
        var minutes = cohort.Problem.MeetingLengthMinutes;
        var person = facts.People[index] with { Starts = facts.People[index].Starts & SlotSet.First(cohort.GridSlots) };
        var facilitates = person.Role == Role.Facilitator;
        if (cohort.People[index].Unreadable is { } unreadable)
            return (UngroupableReason.InvalidAvailability, unreadable);
        if (person.Starts.IsEmpty)
            return (UngroupableReason.NoAvailability, WithoutStart(cohort, cohort.People[index]));
        if (facts.Led && !facilitates && !person.Starts.Overlaps(facts.FacilitatorStarts))
        {
            return (UngroupableReason.NoFacilitatorOverlap,
                $"No facilitator has {minutes} minutes free at the same time as this person.");
        }

        if (TooFew(facts, person) is { } tooFew)
            return (UngroupableReason.InsufficientGroupSize, tooFew);
        if (facilitates && person.Capacity == 0)
        {
            return (UngroupableReason.FacilitatorCapacity,
                facts.Led ? "This facilitator may lead no more groups." : "These groups are formed without facilitators.");
        }

        if (facts.Led && !facilitates && !person.Starts.Overlaps(startsOfThoseWhoCanLeadMore))
        {
            return (UngroupableReason.FacilitatorCapacity,
                "Every facilitator who is free when this person is already leads as many groups as they may.");
        }

        if (!facilitates && facts.People[index].Starts.Overlaps(full))
        {
            return (UngroupableReason.GroupFull, optimal
                ? "A group meets when this person is free, and is full: it is proven that no grouping seats more people."
                : "A group meets when this person is free, and is full; it is not proven that no grouping seats more people.");
        }

        return (UngroupableReason.NotInBestGrouping, optimal
            ? "Could sit in a group, but only in place of others: it is proven that no grouping seats more people."
            : "Could sit in a group, but no grouping that seats more people was found; it is not proven that there is none.");
    }

    private static string WithoutStart(WeeklyCohort cohort, WeeklyPerson person) =>
        !person.Free.Except(person.Busy).IsEmpty
            ? $"No free stretch holds a meeting of {cohort.Problem.MeetingLengthMinutes} minutes that starts on a quarter of an hour (UTC)."
            : person.Busy.IsEmpty
                ? "No free hours are given."
                : "All free hours are taken by meetings of other groups, or none are given.";

    /// <summary>The sentence if no group with this person in it has enough people, else null.</summary>
    private static string? TooFew(CohortFacts facts, PersonFacts person)
    {
        var facilitates = person.Role == Role.Facilitator;
        var starts = facts.Led && !facilitates ? person.Starts & facts.UsableFacilitatorStarts : person.Starts;
        if (starts.IsEmpty)
            return "No facilitator who may lead a group is free at the same time as this person.";
        var most = 0;
        foreach (var slot in starts)
            most = Math.Max(most, facts.ParticipantsAt(slot));

        // A facilitator is one more where they lead, and where nobody does only a measure of who would be there.
        most += facts.Led || facilitates ? 1 : 0;
        if (most < facts.Problem.MinPeople)
            return $"At best {most} {(most == 1 ? "person is" : "people are")} free at one time with this person counted; a group needs {facts.Problem.MinPeople}.";
        return facts.MostParticipants == 0 && !facilitates
            ? "A group of at most 1 person has no seat beside its facilitator's."
            : null;
    }
}
