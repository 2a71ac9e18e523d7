using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Cohorts.Domain;

/// <summary>
/// What can be listened to of commands and runs: the activity source and the meter, both named "Cohorts". Tags hold kinds, outcomes and
/// ids of cohorts and runs, never a name or an address of a person.
/// </summary>
public static class RunTelemetry
{
    public const string Name = "Cohorts";

    public static readonly ActivitySource Source = new(Name);

    public static readonly Meter Meter = new(Name);

    // Seconds: the usual bounds of a histogram are made for milliseconds, and all of these lie within the first of them.
    private static readonly InstrumentAdvice<double> Seconds = new()
    {
        HistogramBucketBoundaries = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600],
    };

    private static readonly Counter<long> Runs = Meter.CreateCounter<long>("cohorts.runs", null, "Runs that ended, by kind and outcome.");

    private static readonly Histogram<double> RunDuration = Meter.CreateHistogram<double>(
        "cohorts.run.duration", "s", "From a run's begin to its end, by kind and outcome.", advice: Seconds);

    private static readonly Counter<long> People = Meter.CreateCounter<long>(
        "cohorts.people", null, "People of schedulings that were saved, by what became of them (placed, left_over).");

    private static readonly Histogram<double> SolverDuration = Meter.CreateHistogram<double>(
        "cohorts.solver.duration", "s", "Time that the search for groups took.", advice: Seconds);

    private static readonly Histogram<int> SolverGap = Meter.CreateHistogram<int>(
        "cohorts.solver.gap", null, "People between those placed and the proven bound; 0: more is not possible.",
        advice: new InstrumentAdvice<int> { HistogramBucketBoundaries = [0, 1, 2, 5, 10, 20, 50, 100, 500] });

    public static void Ended(RunKind kind, string outcome, TimeSpan took)
    {
        KeyValuePair<string, object?>[] tags = [new("kind", RunKinds.Word(kind)), new("outcome", outcome)];
        Runs.Add(1, tags);
        RunDuration.Record(took.TotalSeconds, tags);
    }

    /// <param name="upperBound">Proven: no grouping places more people.</param>
    public static void Scheduled(int placed, int leftOver, int upperBound, TimeSpan search)
    {
        People.Add(placed, new KeyValuePair<string, object?>("became", "placed"));
        People.Add(leftOver, new KeyValuePair<string, object?>("became", "left_over"));
        SolverDuration.Record(search.TotalSeconds);
        SolverGap.Record(upperBound - placed);
    }

    public static string Lower<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();
}

/// <summary>Where a run was asked for: it travels with the command to the silo that runs it.</summary>
/// <param name="TraceParent">The asking activity in W3C's form; null where nobody listens.</param>
/// <param name="Guild">Null where the command line asked.</param>
/// <param name="User">Whoever asked in Discord.</param>
public sealed record RunOrigin(string? TraceParent, GuildId? Guild, DiscordUserId? User = null);
