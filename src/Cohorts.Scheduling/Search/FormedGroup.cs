namespace Cohorts.Scheduling.Search;

/// <summary>What a search finds: a start on the grid, who leads, who takes part; people as indices in the cohort.</summary>
internal sealed record FormedGroup(int Slot, int? Leader, List<int> Participants);
