namespace Cohorts.SystemTests;

/// <summary>For what another process does in its own time.</summary>
internal static class Eventually
{
    /// <param name="seen">What there was instead, for whoever reads the failure.</param>
    public static async Task HoldsAsync(string what, TimeSpan within, Func<Task<bool>> condition, Func<string>? seen = null)
    {
        using var limit = new CancellationTokenSource(within);
        using var again = new PeriodicTimer(TimeSpan.FromMilliseconds(40));
        while (!await condition())
        {
            try
            {
                await again.WaitForNextTickAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                Assert.Fail($"Not within {within.TotalSeconds:0} s: {what}.\n{seen?.Invoke()}");
            }
        }
    }

    public static Task HoldsAsync(string what, TimeSpan within, Func<bool> condition) =>
        HoldsAsync(what, within, () => Task.FromResult(condition()));
}
