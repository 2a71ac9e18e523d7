using System.Diagnostics;
using Cohorts.SystemTests.Bot;

namespace Cohorts.SystemTests;

/// <summary>For what another process does in its own time.</summary>
internal static class Eventually
{
    /// <summary>Only a failing test waits so long, on a quiet machine; on a busy one that much longer.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>Waits for a condition, not for a time: it fails when that much more than enough has passed on this machine as it is.</summary>
    /// <param name="within">More than it takes; where less than two minutes is given, it is two minutes.</param>
    /// <param name="seen">What there was instead, for whoever reads the failure.</param>
    public static Task HoldsAsync(string what, TimeSpan within, Func<Task<bool>> condition, Func<string>? seen = null) =>
        WaitAsync(what, within > Patience ? within : Patience, condition, seen);

    public static Task HoldsAsync(string what, TimeSpan within, Func<bool> condition) =>
        HoldsAsync(what, within, () => Task.FromResult(condition()));

    /// <summary>What people are promised: it holds within this time, as much longer as this machine is slower than a quiet one.</summary>
    public static Task HoldsAsPromisedAsync(string what, TimeSpan promised, Func<Task<bool>> condition, Func<string>? seen = null) =>
        WaitAsync(what, promised, condition, seen);

    private static async Task WaitAsync(string what, TimeSpan quiet, Func<Task<bool>> condition, Func<string>? seen)
    {
        var since = Stopwatch.GetTimestamp();
        // Each look takes of the machine that does what is waited for: what takes long is looked at less often.
        var pause = TimeSpan.FromMilliseconds(20);
        var limit = quiet;
        while (!await condition())
        {
            var waited = Stopwatch.GetElapsedTime(since);
            if (waited > limit && waited > (limit = Machine.Allows(quiet)))
                Assert.Fail($"Not within {limit.TotalSeconds:0} s: {what}.\n{seen?.Invoke()}");
            await Task.Delay(pause);
            if (pause < TimeSpan.FromMilliseconds(100))
                pause *= 1.2;
        }
    }
}
