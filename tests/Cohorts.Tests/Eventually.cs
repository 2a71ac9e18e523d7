using System.Diagnostics;

namespace Cohorts.Tests;

internal static class Eventually
{
    /// <summary>Asks until it is so, and fails after 30 s. For what another process or machine does in its own time.</summary>
    public static async Task TrueAsync(Func<Task<bool>> condition)
    {
        var started = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(30), "It was not so within 30 s.");
            await Task.Yield();
        }
    }
}
