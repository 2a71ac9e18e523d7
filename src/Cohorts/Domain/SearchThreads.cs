using Cohorts.Scheduling;

namespace Cohorts.Domain;

/// <summary>
/// The searches of this process, each on a thread of its own and no more at once than the machine has processors. On the thread pool fifty
/// of them would hold every thread for seconds: leases were not renewed, nobody was acknowledged, and all of their memory was held at once.
/// </summary>
public sealed class SearchThreads(TimeProvider clock) : IDisposable
{
    /// <summary>Two at least: behind one large cohort a small one does not wait.</summary>
    public static readonly int AtOnce = Math.Max(2, Environment.ProcessorCount);

    public static readonly RunProgress Waiting = new($"Waiting: this server forms the groups of {AtOnce} cohorts at a time", 0);

    private readonly SemaphoreSlim _free = new(AtOnce);

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
            return await Task.Factory.StartNew(
                () => Scheduler.Solve(problem, options, clock, new Relay(progress), cancellation),
                cancellation,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default);
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
