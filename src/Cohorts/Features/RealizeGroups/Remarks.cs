using Cohorts.Discord;
using Cohorts.Domain;

namespace Cohorts.Features.RealizeGroups;

/// <summary>What is unusual about a cohort's groups, and yet no failure: as it would be in a preview, as it is in a result.</summary>
public static class Remarks
{
    public static IEnumerable<string> OfPreview(Plan plan)
    {
        foreach (var remark in OfGroups(plan, "it would have channels and a welcome, and no events"))
            yield return remark;
        if (plan.Categories.Lost.Count > 0)
            yield return plan.Categories.ToMake > 0 ? "A category has been deleted and would be made anew." : "A category has been deleted; its channels would move to another.";
        foreach (var (group, type) in Lost(plan))
            yield return $"The {Name(type)} channel of {group.Group.Name} has been deleted and would be made anew.";
    }

    /// <summary>What was made anew is told only where it was; what was not is a failure, or was not tried.</summary>
    internal static IEnumerable<string> OfResult(Plan plan, Outcomes outcomes, bool categoryWasMade)
    {
        foreach (var remark in OfGroups(plan, "it has channels and a welcome, and no events"))
            yield return remark;
        if (plan.Categories.Lost.Count > 0)
            yield return categoryWasMade ? "A category had been deleted and was made anew." : "A category had been deleted.";
        foreach (var (group, type) in Lost(plan).Where(l => outcomes[Item.Channel(l.Group, l.Type)] == StepOutcome.Made))
            yield return $"The {Name(type)} channel of {group.Group.Name} had been deleted and was made anew.";
    }

    /// <param name="withoutTime">What a group has whose meeting time is not known.</param>
    private static IEnumerable<string> OfGroups(Plan plan, string withoutTime)
    {
        foreach (var group in plan.Groups)
        {
            if (group.Group.StartMinute is null && group.Meetings.Count == 0)
                yield return $"{group.Group.Name} has no meeting time yet (TBD): {withoutTime}.";
            if (group.Welcome is WelcomePlan.Post && group.Meetings.Count(m => m.Event is EventPlan.Past) is > 0 and var over)
            {
                yield return $"{group.Group.Name} begins after the cohort's start: {over} of {Counted.Of(group.Meetings.Count, "meeting")} {(over == 1 ? "is" : "are")} over, "
                    + (over == group.Meetings.Count ? "none is left." : $"{group.Meetings.Count - over} {(group.Meetings.Count - over == 1 ? "is" : "are")} left.");
            }

            if (group.People.All(p => p.Member.Role != CohortRole.Facilitator))
                yield return $"{group.Group.Name} has no facilitator.";
        }

        foreach (var remark in OfSharedAccounts(plan))
            yield return remark;
    }

    /// <summary>One of the two gave the other's name, or is entered twice.</summary>
    private static IEnumerable<string> OfSharedAccounts(Plan plan)
    {
        var accounts = plan.Groups
            .SelectMany(g => g.People, (g, p) => (Account: p.Id?.ToString() ?? DiscordUsername.Of(p.Member.Username)?.Value, p.Member, Group: g.Group.Name))
            .Where(p => p.Account is not null)
            .GroupBy(p => p.Account, StringComparer.Ordinal)
            .Where(a => a.DistinctBy(p => p.Member.UserId).Skip(1).Any());
        foreach (var account in accounts)
        {
            var name = account.Select(p => DiscordUsername.Of(p.Member.Username)?.Value).FirstOrDefault(n => n is not null) ?? account.Key;
            yield return $"{string.Join(" and ", account.DistinctBy(p => p.Member.UserId).Select(p => $"{p.Member.Name} ({p.Group})"))} have one Discord account between them, "
                + $"{name}: whoever has it is let into the groups of both. Correct the one that is wrong and import again.";
        }
    }

    private static IEnumerable<(GroupPlan Group, ChannelType Type)> Lost(Plan plan) =>
        plan.Groups.SelectMany(g => g.Channels.Where(c => c.Plan is ChannelPlan.Make { Lost: not null }), (g, c) => (g, c.Type));

    private static string Name(ChannelType type) => type == ChannelType.Text ? "text" : "voice";
}
