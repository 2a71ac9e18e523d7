namespace Cohorts.Scheduling.Search;

/// <summary>Clock, cancellation and progress of one search.</summary>
internal sealed class SearchWatch(
    TimeProvider clock,
    TimeSpan limit,
    int upperBound,
    IProgress<SearchProgress>? progress,
    CancellationToken cancel)
{
    private static readonly TimeSpan BetweenReports = TimeSpan.FromMilliseconds(100);

    private readonly long _started = clock.GetTimestamp();
    private int _upperBound = upperBound;
    private TimeSpan _reported = TimeSpan.Zero;

    public TimeSpan Elapsed => clock.GetElapsedTime(_started);

    /// <summary>Whether there is time left.</summary>
    /// <exception cref="OperationCanceledException">The caller does not want the result any more.</exception>
    public bool GoOn()
    {
        cancel.ThrowIfCancellationRequested();
        return Elapsed < limit;
    }

    /// <summary>No valid grouping places more than this; a limit that is no lower than the last changes nothing.</summary>
    public void Tighten(int limit) => _upperBound = Math.Min(_upperBound, limit);

    public int UpperBound => _upperBound;

    /// <summary>Tells how far the search is, unless it told just before.</summary>
    public void Report(int placed, double share)
    {
        if (progress is null)
            return;
        var elapsed = Elapsed;
        if (elapsed - _reported < BetweenReports)
            return;
        _reported = elapsed;
        progress.Report(new SearchProgress(placed, _upperBound, Math.Clamp(Math.Max(share, elapsed / limit), 0, 1), elapsed));
    }

    public void ReportEnd(int placed) => progress?.Report(new SearchProgress(placed, _upperBound, 1, Elapsed));
}
