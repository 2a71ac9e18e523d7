using Cohorts.Scheduling.Search;

namespace Cohorts.Scheduling;

/// <summary>Why each person who is in no group is in none: the first reason that applies, found from the facts and the grouping.</summary>
internal static class Reasons
{
    public static (List<UngroupablePerson> Ungroupable, FacilitatorHour? BestHour) Of(
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

        var startsOfThoseWhoCanLeadMore = default(SlotSet);
        for (var i = 0; i < led.Length; i++)
        {
            if (led[i] < facts.People[i].Capacity)
                startsOfThoseWhoCanLeadMore |= facts.People[i].Starts;
        }

        var remedies = new Remedies(facts, groups, seated);
        var ungroupable = new List<UngroupablePerson>();
        for (var i = 0; i < facts.People.Count; i++)
        {
            var person = facts.People[i];
            if (seated.Contains(i) || person.Person.AlreadyPlaced)
                continue;
            var (reason, detail) = Of(facts, person, startsOfThoseWhoCanLeadMore, optimal);
            ungroupable.Add(new UngroupablePerson(person.Person.Id, reason, detail) { Remedy = remedies.Of(person) });
        }

        return (ungroupable, ungroupable.Count == 0 ? null : remedies.BestFacilitatorHour());
    }

    private static (UngroupableReason Reason, string Detail) Of(
        CohortFacts facts,
        PersonFacts person,
        in SlotSet startsOfThoseWhoCanLeadMore,
        bool optimal)
    {
        var minutes = facts.Problem.MeetingLengthMinutes;
        var facilitates = person.Person.Role == Role.Facilitator;
        if (person.Unreadable is { } unreadable)
            return (UngroupableReason.InvalidAvailability, unreadable);
        if (person.Starts.IsEmpty)
            return (UngroupableReason.NoAvailability, WithoutStart(facts, person));
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

        return (UngroupableReason.NotInBestGrouping, optimal
            ? "Could sit in a group, but only in place of others: it is proven that no grouping seats more people."
            : "Could sit in a group, but no grouping that seats more people was found; it is not proven that there is none.");
    }

    private static string WithoutStart(CohortFacts facts, PersonFacts person) =>
        !person.Free.IsEmpty
            ? $"No free stretch holds a meeting of {facts.Problem.MeetingLengthMinutes} minutes that starts on the hour or half hour (UTC)."
            : person.Person.Busy.IsEmpty
                ? "No free hours are given."
                : "All free hours are taken by meetings of other groups, or none are given.";

    /// <summary>The sentence if no group with this person in it has enough people, else null.</summary>
    private static string? TooFew(CohortFacts facts, PersonFacts person)
    {
        var facilitates = person.Person.Role == Role.Facilitator;
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
