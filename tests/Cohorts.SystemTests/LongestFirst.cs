using Cohorts.SystemTests.Bot;
using Cohorts.SystemTests.Cluster;
using Xunit.Abstractions;

// These tests wait for processes more than they compute: more at a time than a small machine has cores.
[assembly: CollectionBehavior(MaxParallelThreads = 6)]
[assembly: TestCollectionOrderer("Cohorts.SystemTests.LongestFirst", "Cohorts.SystemTests")]

namespace Cohorts.SystemTests;

/// <summary>The classes that take longest begin first, so that none of them is left to run alone at the end.</summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    private static readonly List<string> Longest =
    [
        nameof(PrivatePostgresSharingTests), nameof(ScheduleTests), nameof(StormTests), nameof(RealizeTests), nameof(ServeTests),
        nameof(PrivatePostgresFolderTests), nameof(CrashTests), nameof(VerbTests), nameof(NetworkCutTests), nameof(PausedServerTests),
    ];

    public IEnumerable<ITestCollection> OrderTestCollections(IEnumerable<ITestCollection> testCollections) =>
        testCollections.OrderBy(c => Longest.FindIndex(name => c.DisplayName.EndsWith('.' + name, StringComparison.Ordinal)) is >= 0 and var place ? place : int.MaxValue);
}
