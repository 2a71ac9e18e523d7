using Cohorts.Tests.Domain;
using Cohorts.Tests.Features.RealizeGroups;
using Xunit.Abstractions;

// Many of these tests wait for PostgreSQL or for Discord's pace: more at a time than a small machine has cores.
[assembly: CollectionBehavior(MaxParallelThreads = 4)]
[assembly: TestCollectionOrderer("Cohorts.Tests.LongestFirst", "Cohorts.Tests")]

namespace Cohorts.Tests;

/// <summary>The classes that take longest begin first, so that none of them is left to run alone at the end.</summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    private static readonly List<string> Longest = [nameof(CutOffTests), nameof(RealizeGroupsTests), nameof(WeeklyMeetingsTests), nameof(EconomyTests)];

    public IEnumerable<ITestCollection> OrderTestCollections(IEnumerable<ITestCollection> testCollections) =>
        testCollections.OrderBy(c => Longest.FindIndex(name => c.DisplayName.EndsWith('.' + name, StringComparison.Ordinal)) is >= 0 and var place ? place : int.MaxValue);
}
