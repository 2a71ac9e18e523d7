using System.Net;

namespace Cohorts.SystemTests.Weather;

/// <summary>What a server says of itself to whoever watches it.</summary>
internal sealed class Readiness(Uri server) : IDisposable
{
    private readonly HttpClient _http = new() { BaseAddress = server };

    public async Task<(HttpStatusCode Status, string Says)> LookAsync(string path = "/health/ready")
    {
        using var answer = await _http.GetAsync(new Uri(path, UriKind.Relative));
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    public async Task SaysAsync(string words, CohortsProgram program)
    {
        var last = "";
        await Eventually.HoldsAsync(
            $"it is said: {words}",
            TimeSpan.FromSeconds(60),
            async () =>
            {
                Assert.False(program.HasEnded, program.Log);
                (var status, last) = await LookAsync();
                return status == HttpStatusCode.ServiceUnavailable && last.Contains(words, StringComparison.Ordinal);
            },
            () => $"{last}\n{program.Log}");
        Assert.Equal(HttpStatusCode.OK, (await LookAsync("/health/live")).Status);
    }

    public async Task IsWellAgainAsync(CohortsProgram program)
    {
        var last = "";
        await Eventually.HoldsAsync(
            "all is well again",
            TimeSpan.FromMinutes(2),
            async () =>
            {
                Assert.False(program.HasEnded, program.Log);
                (var status, last) = await LookAsync();
                return status == HttpStatusCode.OK;
            },
            () => $"{last}\n{program.Log}");
    }

    public void Dispose() => _http.Dispose();
}
