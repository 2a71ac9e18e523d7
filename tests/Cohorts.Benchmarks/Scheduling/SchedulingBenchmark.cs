using System.Globalization;
using System.Text.Json;
using Cohorts.Scheduling.Tests;

namespace Cohorts.Benchmarks.Scheduling;

/// <summary>Three ways to form groups beside each other, and how the cost of this program's grows.</summary>
internal static class SchedulingBenchmark
{
    /// <summary>For one cohort, each way: long enough for most proofs, short enough to wait for the table.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan LimitOfGrowth = TimeSpan.FromSeconds(60);
    private const int LargestSummed = 300;
    private const double ShareOfCpSat = 0.2;

    private sealed record Known(int Placed, int Bound, int IfNeeded);

    private sealed record Cohort(string Name, string Source, int People, Known? Reference);

    /// <returns>Whether this program's times up to 300 people sum to at most a fifth of CP-SAT's, and it never places fewer.</returns>
    public static async Task<bool> RunAsync(TextWriter table, CancellationToken stop)
    {
        var published = Published();
        var cohorts = (published is null ? [] : OfInstances(published)).Concat(OfSeed()).ToList();
        await table.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
            $"{cohorts.Count} cohorts, {Limit.TotalSeconds:0} s each and way; {Environment.ProcessorCount} cores, load {Machine.Load()}; "
            + $"{System.Runtime.InteropServices.RuntimeInformation.FrameworkDescription}\n"));
        await table.WriteLineAsync("| cohort | known | way | placed | bound | if needed | groups | sizes | ms | peak MB |");
        await table.WriteLineAsync("|---|---|---|---:|---:|---:|---:|---|---:|---:|");
        var sums = new Dictionary<Way, double>();
        var behind = 0;
        foreach (var cohort in cohorts)
        {
            var placed = new Dictionary<Way, int>();
            foreach (var way in Enum.GetValues<Way>())
            {
                var figures = await OneRun.StartAsync(way, cohort.Source, Limit, stop);
                if (cohort.Reference is { } known && figures.Bound < known.Placed)
                    throw new InvalidDataException($"{way} says that at most {figures.Bound} can be placed in {cohort.Name}, {known.Placed} are known to be.");
                placed[way] = figures.Placed;
                if (cohort.People <= LargestSummed)
                    sums[way] = sums.GetValueOrDefault(way) + figures.Ms;
                await table.WriteLineAsync(Row(cohort, way, figures));
                await table.FlushAsync(stop);
            }

            if (placed[Way.Cohorts] < Math.Max(placed.Values.Max(), cohort.Reference?.Placed ?? 0))
                behind++;
        }

        var share = sums[Way.Cohorts] / sums[Way.CpSat];
        await table.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
            $"\nSum up to {LargestSummed} people: this program {sums[Way.Cohorts] / 1000:0.0} s, CP-SAT {sums[Way.CpSat] / 1000:0.0} s, "
            + $"the original's {sums[Way.Original] / 1000:0.0} s; this program takes {share:0.000} of CP-SAT's time "
            + $"(limit {ShareOfCpSat}). It places fewer people than another way or than is known in {behind} cohorts. Load at the end {Machine.Load()}.\n"));
        return share <= ShareOfCpSat && behind == 0;
    }

    /// <summary>From 10 to 10,000 people; writes the plot.</summary>
    public static async Task<bool> GrowthAsync(string plot, TextWriter table, CancellationToken stop)
    {
        await table.WriteLineAsync($"Growth, {LimitOfGrowth.TotalSeconds:0} s each; load {Machine.Load()}\n");
        await table.WriteLineAsync("| family | people | placed | bound | if needed | groups | ms | peak MB |");
        await table.WriteLineAsync("|---|---:|---:|---:|---:|---:|---:|---:|");
        var lines = new List<(string Family, List<(int People, double Ms)> Points)>();
        foreach (var family in (string[])["city", "led", "scarce"])
        {
            var points = new List<(int People, double Ms)>();
            foreach (var people in (int[])[10, 30, 100, 300, 1000, 3000, 10_000])
            {
                var figures = await OneRun.StartAsync(Way.Cohorts, Made(family, people), LimitOfGrowth, stop);
                points.Add((people, figures.Ms));
                await table.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
                    $"| {family} | {people} | {figures.Placed} | {figures.Bound} | {figures.IfNeeded} | {figures.Groups} "
                    + $"| {figures.Ms:0} | {figures.PeakMegabytes:0} |"));
                await table.FlushAsync(stop);
            }

            lines.Add((family, points));
        }

        Directory.CreateDirectory(Path.GetDirectoryName(plot)!);
        await File.WriteAllTextAsync(plot, GrowthPlot.Draw(lines), stop);
        await table.WriteLineAsync($"\nPlot written to {plot}.");
        return true;
    }

    private static string Row(Cohort cohort, Way way, Figures figures) => string.Create(CultureInfo.InvariantCulture,
        $"| {(way == Way.Cohorts ? cohort.Name : "")} | {(way == Way.Cohorts ? Tell(cohort.Reference) : "")} | {Name(way)} | {figures.Placed} "
        + $"| {figures.Bound?.ToString(CultureInfo.InvariantCulture) ?? "–"} | {figures.IfNeeded} | {figures.Groups} "
        + $"| {figures.Smallest}–{figures.Largest} | {figures.Ms:0} | {figures.PeakMegabytes:0} |");

    private static string Tell(Known? known) =>
        known is null ? "" : $"{known.Placed} of {known.Bound}, {(known.IfNeeded < 0 ? "?" : known.IfNeeded)} if needed";

    private static string Name(Way way) => way switch { Way.Cohorts => "this program", Way.CpSat => "CP-SAT", _ => "the original's" };

    private static string Made(string family, int people) => $"made:{family}:{people}:7";

    private static IEnumerable<Cohort> OfSeed() => Families.Names.Select(f => new Cohort($"{f}-60, made", Made(f, 60), 60, null));

    private static IEnumerable<Cohort> OfInstances(string folder)
    {
        var known = new Dictionary<string, Known>(StringComparer.Ordinal);
        foreach (var line in File.ReadLines(Path.Combine(folder, "reference.jsonl")))
        {
            using var document = JsonDocument.Parse(line);
            var row = document.RootElement;
            known[row.GetProperty("name").GetString()!] =
                new Known(row.GetProperty("placed").GetInt32(), row.GetProperty("bound").GetInt32(), row.GetProperty("ifNeeded").GetInt32());
        }

        return Directory.GetFiles(Path.Combine(folder, "instances"), "*.json")
            .Select(file => (File: file, Problem: OneRun.Read(file)))
            .OrderBy(i => i.Problem.People.Count)
            .ThenBy(i => i.Problem.Name, StringComparer.Ordinal)
            .Select(i => new Cohort(i.Problem.Name, i.File, i.Problem.People.Count, known.GetValueOrDefault(i.Problem.Name)));
    }

    /// <summary>The published instances, in a folder <c>shared/bench</c> beside any folder above; null where there is none.</summary>
    private static string? Published()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var bench = Path.Combine(folder.FullName, "shared", "bench");
            if (File.Exists(Path.Combine(bench, "reference.jsonl")))
                return bench;
        }

        return null;
    }
}
