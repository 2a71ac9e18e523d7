namespace Cohorts.Features.RealizeGroups;

/// <summary>Counts as words, in the same order for every kind, so that a reader sees what is missing.</summary>
internal static class CountedText
{
    /// <summary>A line for each kind there is any of; what failed and what was not tried stands in all of them as soon as it stands in one.</summary>
    public static IEnumerable<(string Kind, IReadOnlyList<(string What, int Count)> Parts)> Lines(RealizeGroups.Tallies counted)
    {
        (string Kind, RealizeGroups.Counts Counts)[] kinds =
        [
            ("Groups", counted.Groups),
            ("Channels", counted.Channels),
            ("Access", counted.Access),
            ("Events", counted.Events),
            ("Welcomes", counted.Welcomes),
            ("Mentions of who came later", counted.Mentions),
        ];
        var isWhole = kinds.All(k => k.Counts is { Failed: 0, NotTried: 0 });
        foreach (var (kind, counts) in kinds.Where(k => k.Counts.All > 0))
        {
            List<(string, int)> parts = [("made", counts.Made), ("repaired", counts.Repaired), ("there already", counts.ThereAlready)];
            if (!isWhole)
                parts.AddRange([("failed", counts.Failed), ("not tried", counts.NotTried)]);
            yield return (kind, parts);
        }
    }
}
