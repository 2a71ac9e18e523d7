using Cohorts.Scheduling;

namespace Cohorts.Domain;

/// <summary>
/// The searches of this process, each on a thread of its own that gives way to all others, and one fewer at once than the machine has
/// processors. On the thread pool fifty of them would hold every thread for seconds, and on every processor even two held up what is due
/// within Discord's three seconds: leases were not renewed, nobody was acknowledged, and probes of the cluster were missed.
/// </summary>
public sealed class SearchThreads(TimeProvider clock) : IDisposable
{
    /// <summary>
    /// How much a search's threads give way, as Unix counts it (0 to 19). With 5 the others get three times as much of a processor that both
    /// want; with 19 a search would starve beside another busy program, and end at its time limit with nothing found.
    /// </summary>
    public const int Niceness = 5;

    public static readonly int AtOnce = AtOnceOn(Environment.ProcessorCount);

    public static readonly RunProgress Waiting = new(
        $"Waiting: this server forms the groups of {(AtOnce == 1 ? "one cohort" : $"{AtOnce} cohorts")} at a time", 0);

    private readonly SemaphoreSlim _free = new(AtOnce);

    /// <summary>All processors but one, where there is more than one.</summary>
    public static int AtOnceOn(int processors) => Math.Max(1, processors - 1);

    /// <summary>The time limit of the search begins when it does, not while it waits.</summary>
    /// <exception cref="OperationCanceledException">Cancelled, waiting or at work.</exception>
    public async Task<Grouping> SolveAsync(Problem problem, SearchOptions options, IProgress<RunProgress> progress, CancellationToken cancellation)
    {
        if (!await _free.WaitAsync(TimeSpan.Zero, cancellation))
        {
            progress.Report(Waiting);
            await _free.WaitAsync(cancellation);
        }

        try
        {
            return await SearchThread.RunAsync(
                told => Scheduler.Solve(problem, options, clock, told, cancellation), new Relay(progress), Niceness);
        }
        finally
        {
            _free.Release();
        }
    }

    public void Dispose() => _free.Dispose();

    /// <summary>Passed on as it comes: the search reports at most ten times a second.</summary>
    private sealed class Relay(IProgress<RunProgress> run) : IProgress<SearchProgress>
    {
        public void Report(SearchProgress value) =>
            run.Report(new RunProgress($"{value.Placed} of at most {value.UpperBound} people placed", value.Share));
    }
}
