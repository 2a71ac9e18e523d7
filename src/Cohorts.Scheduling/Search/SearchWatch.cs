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
    private TimeSpan _reported = TimeSpan.Zero;
    private double _from;
    private double _to = 1;
    private double _share;
    private int _placed;

    public TimeSpan Elapsed => clock.GetElapsedTime(_started);

    /// <summary>No valid grouping places more people, as far as is proven.</summary>
    public int UpperBound { get; private set; } = upperBound;

    /// <summary>Whether there is time left. Tells that the search is at work: one linear program of 500 people takes seconds.</summary>
    /// <exception cref="OperationCanceledException">The caller does not want the result any more.</exception>
    public bool GoOn()
    {
        cancel.ThrowIfCancellationRequested();
        var elapsed = Elapsed;
        Tell(elapsed, elapsed / limit);
        return elapsed < limit;
    }

    public void ThrowIfCancelled() => cancel.ThrowIfCancellationRequested();

    /// <summary>A proven limit; one that is no lower than the last changes nothing.</summary>
    public void Tighten(int proven) => UpperBound = Math.Min(UpperBound, proven);

    /// <summary>What follows is this part of the whole search, 0 to 1.</summary>
    public void Part(double from, double to) => (_from, _to) = (from, to);

    /// <summary>Tells how far the search is, unless it told just before.</summary>
    /// <param name="placed">By the best grouping so far.</param>
    /// <param name="share">Of this part of the search, 0 to 1.</param>
    public void Report(int placed, double share)
    {
        _placed = placed;
        var elapsed = Elapsed;
        Tell(elapsed, Math.Max(_from + (_to - _from) * Math.Min(share, 1), elapsed / limit));
    }

    public void ReportEnd(int placed) => progress?.Report(new SearchProgress(placed, UpperBound, 1, Elapsed));

    private void Tell(TimeSpan elapsed, double share)
    {
        if (progress is null || elapsed - _reported < BetweenReports)
            return;
        _reported = elapsed;
        _share = Math.Clamp(share, _share, 1);
        progress.Report(new SearchProgress(_placed, UpperBound, _share, elapsed));
    }
}
