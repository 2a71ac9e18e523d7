namespace Cohorts.Scheduling.Search;

/// <summary>A group of a grouping: its slot, who leads, who takes part; people as indices in the cohort.</summary>
/// <param name="Standing">The standing group that it continues, −1 for a new one.</param>
internal sealed record FormedGroup(int Slot, int? Leader, List<int> Participants, int Standing = -1)
{
    public int Size => Participants.Count + (Leader is null ? 0 : 1);
}

/// <summary>A grouping: all groups, standing ones that stay short among them, and what it is worth.</summary>
internal sealed record Solution(List<FormedGroup> Groups, Score Score)
{
    public static Solution Of(CohortFacts facts, List<FormedGroup> groups) => new(groups, Score.Of(facts, groups));

    /// <summary>The cohort as it stands.</summary>
    public static Solution Unchanged(CohortFacts facts) =>
        Of(facts, [.. facts.Problem.Standing.Select((g, i) => new FormedGroup(g.Slot, g.Facilitator, [.. g.Members.Where(m => m != g.Facilitator)], i))]);
}
