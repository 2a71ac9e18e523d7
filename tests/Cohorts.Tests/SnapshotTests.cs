using System.Reflection;
using System.Runtime.CompilerServices;

namespace Cohorts.Tests;

public sealed class SnapshotTests
{
    [Fact]
    public void Every_snapshot_has_its_test()
    {
        var tests = typeof(SnapshotTests).Assembly.GetTypes()
            .SelectMany(t => t.GetMethods(BindingFlags.Public | BindingFlags.Instance), (t, m) => $"{t.Name}.{m.Name}")
            .ToHashSet();

        var orphans = Directory.EnumerateFiles(Here(), "*.snap", SearchOption.AllDirectories)
            .Select(Path.GetFileNameWithoutExtension)
            .Where(name => !tests.Any(test => name!.StartsWith(test, StringComparison.Ordinal)))
            .ToList();

        Assert.Empty(orphans);
    }

    private static string Here([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;
}
