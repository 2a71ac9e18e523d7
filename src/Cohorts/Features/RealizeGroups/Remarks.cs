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
