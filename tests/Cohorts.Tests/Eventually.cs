using System.Diagnostics;

namespace Cohorts.Tests;

internal static class Eventually
{
    /// <summary>Far longer than anything takes on a busy machine: only a failing test waits so long.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>Asks until it is so. For what another thread, process or machine does in its own time.</summary>
    public static async Task TrueAsync(Func<Task<bool>> condition)
    {
        var started = Stopwatch.GetTimestamp();
        // Each look takes of the machine that does what is waited for.
        using var again = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (!await condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(started) < Patience, $"It was not so within {Patience.TotalSeconds:0} s.");
            await again.WaitForNextTickAsync();
        }
    }
}
