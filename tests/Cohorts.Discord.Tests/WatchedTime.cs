using System.Threading.Channels;
using Microsoft.Extensions.Time.Testing;

namespace Cohorts.Discord.Tests;

/// <summary>A clock that stands until it is moved, and that tells which timers were set: then the code under test is known to wait.</summary>
internal sealed class WatchedTime : FakeTimeProvider
{
    private readonly Channel<TimeSpan> timers = Channel.CreateUnbounded<TimeSpan>();

    public WatchedTime()
        : base(new DateTimeOffset(2027, 1, 4, 12, 0, 0, TimeSpan.Zero))
    {
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        if (dueTime != Timeout.InfiniteTimeSpan)
            timers?.Writer.TryWrite(dueTime);
        return timer;
    }

    /// <summary>Returns when the code under test has begun to wait for exactly so long; waits of other lengths are passed over.</summary>
    public async Task UntilWaitingAsync(TimeSpan exactly)
    {
        var others = new List<TimeSpan>();
        try
        {
            while (true)
            {
                var due = await timers.Reader.ReadAsync().AsTask().WaitAsync(Patience.Long);
                if ((due - exactly).Duration() < TimeSpan.FromMilliseconds(1))
                    return;
                others.Add(due);
            }
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"Nobody waits for {exactly}; there were waits for {string.Join(", ", others)}.", e);
        }
    }

    /// <summary>Waits until the code under test waits for exactly so long, and lets that time pass.</summary>
    public async Task PassAsync(TimeSpan exactly)
    {
        await UntilWaitingAsync(exactly);
        Advance(exactly);
    }
}

internal static class Patience
{
    /// <summary>How long a test waits for what must come at once; only a failing test ever waits so long.</summary>
    public static readonly TimeSpan Long = TimeSpan.FromMinutes(3);
}
