namespace Cohorts.Features.RealizeGroups;

/// <summary>What is unusual about a cohort's groups, and yet no failure.</summary>
public static class Remarks
{
    public static IEnumerable<string> Of(Plan plan)
    {
        foreach (var group in plan.Groups)
        {
            if (group.Group.StartMinute is null && group.Meetings.Count == 0)
                yield return $"{group.Group.Name} has no meeting time yet (TBD): it has channels and a welcome, and no events.";
            if (group.Welcome is WelcomePlan.Post && group.Meetings.Count(m => m.Event is EventPlan.Past) is > 0 and var over)
            {
                yield return $"{group.Group.Name} begins after the cohort's start: {over} of {group.Meetings.Count} meetings {(over == 1 ? "is" : "are")} over, "
                    + (over == group.Meetings.Count ? "none is left." : $"{group.Meetings.Count - over} {(group.Meetings.Count - over == 1 ? "is" : "are")} left.");
            }

            if (group.People.All(p => p.Member.Role != Domain.CohortRole.Facilitator))
                yield return $"{group.Group.Name} has no facilitator.";
        }

        if (plan.Categories.Lost.Count > 0)
            yield return "A category had been deleted and was made anew.";
        foreach (var group in plan.Groups)
        {
            foreach (var (what, channel) in new[] { ("text", group.Text), ("voice", group.Voice) })
            {
                if (channel is ChannelPlan.Make { Lost: not null })
                    yield return $"The {what} channel of {group.Group.Name} had been deleted and was made anew.";
            }
        }
    }
}
