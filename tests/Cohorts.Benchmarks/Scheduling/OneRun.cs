using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Cohorts.Scheduling;
using Cohorts.Scheduling.Tests;

namespace Cohorts.Benchmarks.Scheduling;

internal enum Way
{
    Cohorts,
    CpSat,
    Original,
}

/// <param name="Bound">No grouping places more people; null where the way has no bound.</param>
/// <param name="Ms">From the problem read to the groups formed.</param>
/// <param name="PeakMegabytes">The most memory that the process held.</param>
internal sealed record Figures(int Placed, int? Bound, int IfNeeded, int Groups, int Smallest, int Largest, double Ms, double PeakMegabytes);

/// <summary>One way on one cohort in a process of its own, so that its memory is its own and no other run has warmed it up.</summary>
internal static class OneRun
{
    public const string Verb = "one";

    /// <param name="cohort">A file, or <c>made:FAMILY:PEOPLE:SEED</c>.</param>
    public static Problem Read(string cohort)
    {
        if (cohort.Split(':') is ["made", var family, var people, var seed])
            return Families.Make(family, int.Parse(people, CultureInfo.InvariantCulture), int.Parse(seed, CultureInfo.InvariantCulture));
        using var file = File.OpenRead(cohort);
        var reading = ProblemFile.Read(file);
        return reading.IsRefused ? throw new InvalidDataException($"{cohort}: {reading.Error}") : reading.Problem;
    }

    /// <summary>What the process that <see cref="StartAsync"/> starts does.</summary>
    public static int Run(Way way, string cohort, double seconds)
    {
        var problem = Read(cohort);
        var limit = TimeSpan.FromSeconds(seconds);
        var from = Stopwatch.GetTimestamp();
        var (meetings, bound) = way switch
        {
            Way.Cohorts => Ours(problem, limit),
            Way.CpSat => CpSatSearch.Run(problem, limit) is var (formed, proven) ? (formed, (int?)proven) : default,
            _ => (OriginalSearch.Run(problem, limit), null),
        };
        var ms = Stopwatch.GetElapsedTime(from).TotalMilliseconds;
        using var process = Process.GetCurrentProcess();
        var peak = process.PeakWorkingSet64 / 1048576.0;
        var verdict = Verdict.Of(problem, meetings);
        Console.WriteLine(JsonSerializer.Serialize(
            new Figures(verdict.Placed, bound, verdict.IfNeeded, verdict.Groups, verdict.Smallest, verdict.Largest, ms, peak)));
        return 0;
    }

    public static async Task<Figures> StartAsync(Way way, string cohort, TimeSpan limit, CancellationToken stop)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, UseShellExecute = false };
        foreach (var argument in (string[])
            [typeof(OneRun).Assembly.Location, Verb, way.ToString(), cohort, limit.TotalSeconds.ToString(CultureInfo.InvariantCulture)])
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        try
        {
            var line = await process.StandardOutput.ReadToEndAsync(stop);
            await process.WaitForExitAsync(stop);
            return process.ExitCode == 0
                ? JsonSerializer.Deserialize<Figures>(line)!
                : throw new InvalidOperationException($"{way} on {cohort} ended with {process.ExitCode}.");
        }
        finally
        {
            if (!process.HasExited)
                process.Kill();
        }
    }

    private static (List<Meeting> Meetings, int? Bound) Ours(Problem problem, TimeSpan limit)
    {
        var grouping = Scheduler.Solve(problem, new SearchOptions(1000, 1) { TimeLimit = limit }, TimeProvider.System);
        var index = problem.People.Select((p, i) => (p.Id, i)).ToDictionary(p => p.Id, p => p.i, StringComparer.Ordinal);
        return (
            [
                .. grouping.Groups.Select(g => new Meeting(
                    g.StartMinute / SlotSet.MinutesPerSlot,
                    g.FacilitatorId is { } leader ? index[leader] : null,
                    [.. g.Members.Where(m => m.Role == Role.Participant).Select(m => index[m.Id])])),
            ],
            grouping.UpperBound);
    }
}
