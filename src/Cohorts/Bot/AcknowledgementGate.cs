namespace Cohorts.Bot;

/// <summary>
/// Lets acknowledgements go before work. Of a hundred commands that come at once the first would otherwise be carried out, with queries
/// and answers of their own, while the last wait to be recorded and miss Discord's three seconds.
/// </summary>
public sealed class AcknowledgementGate(TimeProvider clock)
{
    /// <summary>What is not acknowledged by then has failed for whoever asked: work waits for it no longer.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(3);

    private readonly Lock _lock = new();
    private int _due;
    private TaskCompletionSource? _noneIsDue;

    /// <summary>One more acknowledgement is due, until this is disposed of.</summary>
    public IDisposable Due()
    {
        lock (_lock)
            _due++;
        return new Acknowledgement(this);
    }

    /// <summary>Waits until no acknowledgement is due, at most <see cref="LongestWait"/>.</summary>
    public async Task PassAsync()
    {
        Task noneIsDue;
        lock (_lock)
        {
            if (_due == 0)
                return;
            // Not inline: whoever waits here must not hold up the one that acknowledged last.
            _noneIsDue ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
            noneIsDue = _noneIsDue.Task;
        }

        try
        {
            await noneIsDue.WaitAsync(LongestWait, clock);
        }
        catch (TimeoutException)
        {
            // One hangs; the others' work goes on.
        }
    }

    private void NoLongerDue()
    {
        lock (_lock)
        {
            if (--_due > 0)
                return;
            _noneIsDue?.SetResult();
            _noneIsDue = null;
        }
    }

    private sealed class Acknowledgement(AcknowledgementGate gate) : IDisposable
    {
        private AcknowledgementGate? _gate = gate;

        public void Dispose() => Interlocked.Exchange(ref _gate, null)?.NoLongerDue();
    }
}
