using System.Text.Json;

namespace Cohorts.Scheduling.Tests;

/// <summary>
/// Whole cohorts of 24 to 1000 people: the published instances with what is known to be possible for each, where they lie in a
/// folder above, and cohorts of the same families made here where they do not.
/// </summary>
public class InstanceTests
{
    private static readonly string? Published = Find();

    public static TheoryData<string> Names() =>
        Published is null
            ? [.. Families.Names.SelectMany(f => new[] { $"{f}-24", $"{f}-120", $"{f}-300" })]
            : [.. Directory.GetFiles(Path.Combine(Published, "instances"), "*.json").Select(f => Path.GetFileNameWithoutExtension(f)!).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Names))]
    public void An_instance_is_grouped_by_the_rules_as_well_as_is_known_to_be_possible_and_that_is_proven(string name)
    {
        var problem = Published is null ? Families.Make(name.Split('-')[0], int.Parse(name.Split('-')[1]), seed: 7) : Read(name);
        var grouping = Scheduler.Solve(problem, new SearchOptions(1000, 1) { TimeLimit = TimeSpan.FromMinutes(1) }, TimeProvider.System);
        Assert.Null(Judge.Fault(problem, grouping));
        if (Published is null)
        {
            // What is possible is not known here; the bound says how much is missing at most.
            Assert.True(grouping.Placed >= grouping.UpperBound - 1, $"{grouping.Placed} of at most {grouping.UpperBound} placed");
            return;
        }

        var known = File.ReadLines(Path.Combine(Published, "reference.jsonl"))
            .Select(line => JsonDocument.Parse(line).RootElement)
            .Single(row => row.GetProperty("name").GetString() == problem.Name);
        var (possible, ifNeeded) = (known.GetProperty("placed").GetInt32(), known.GetProperty("ifNeeded").GetInt32());
        Assert.True(grouping.UpperBound >= possible, $"the bound says {grouping.UpperBound}, {possible} are known to be possible");
        Assert.Equal((possible, true), (grouping.Placed, grouping.Optimal));
        if (ifNeeded >= 0)
            Assert.InRange(Judge.Worth(problem, grouping).IfNeeded, 0, ifNeeded);
    }

    private static Problem Read(string name)
    {
        using var file = File.OpenRead(Path.Combine(Published!, "instances", name + ".json"));
        var read = ProblemFile.Read(file);
        return read.IsRefused ? throw new InvalidDataException($"{name}: {read.Error}") : read.Problem;
    }

    private static string? Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var bench = Path.Combine(folder.FullName, "shared", "bench");
            if (Directory.Exists(Path.Combine(bench, "instances")) && File.Exists(Path.Combine(bench, "reference.jsonl")))
                return bench;
        }

        return null;
    }
}
