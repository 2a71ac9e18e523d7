using System.Net;

namespace Cohorts.SystemTests.Weather;

/// <summary>What a server says of itself to whoever watches it.</summary>
internal sealed class Readiness(Uri server) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly HttpClient _http = new() { BaseAddress = server };

    public async Task<(HttpStatusCode Status, string Says)> LookAsync(string path = "/health/ready")
    {
        using var answer = await _http.GetAsync(new Uri(path, UriKind.Relative));
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    public async Task SaysAsync(string words, CohortsProgram program)
    {
        await IsAsync($"it is said: {words}", program, (status, says) => status == HttpStatusCode.ServiceUnavailable && says.Contains(words, StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.OK, (await LookAsync("/health/live")).Status);
    }

    public Task IsWellAgainAsync(CohortsProgram program) => IsAsync("all is well again", program, (status, _) => status == HttpStatusCode.OK);

    /// <summary>Less often than other conditions are looked at: each look has the database write a little.</summary>
    private async Task IsAsync(string what, CohortsProgram program, Func<HttpStatusCode, string, bool> holds)
    {
        using var limit = new CancellationTokenSource(Patience);
        using var again = new PeriodicTimer(TimeSpan.FromMilliseconds(300));
        var last = await LookAsync();
        while (!holds(last.Status, last.Says))
        {
            Assert.False(program.HasEnded, program.Log);
            Assert.False(limit.IsCancellationRequested, $"Not within {Patience.TotalSeconds:0} s: {what}.\n{last}\n{program.Log}");
            await again.WaitForNextTickAsync();
            last = await LookAsync();
        }
    }

    public void Dispose() => _http.Dispose();
}
