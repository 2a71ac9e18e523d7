using System.Diagnostics;
using System.Net;
using Cohorts.SystemTests.Bot;

namespace Cohorts.SystemTests.Cluster;

/// <summary>
/// The servers of a test, and whoever keeps them running: one that ended is started again. Each disturbance meets the next one in turn.
/// </summary>
/// <param name="publicKey">Opens their HTTP doors, and interactions come to one of them that stays up.</param>
internal sealed class ServersInStorm(BotWorld world, string? publicKey) : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly List<(CohortsProgram Program, Uri Address)> _servers = [];
    private readonly HttpClient _http = new();
    private int _next;

    public async Task StartAsync(int servers)
    {
        for (var i = 0; i < servers; i++)
            _servers.Add(await world.ServeAsync(publicKey));
        await SendElsewhereAsync();
    }

    public async Task KillOneAsync()
    {
        var server = await ChooseAsync();
        _servers[server].Program.Kill();
        await StartAgainAsync(server);
    }

    public async Task RestartOneAsync()
    {
        var server = await ChooseAsync();
        await _servers[server].Program.InterruptAsync();
        await _servers[server].Program.EndAsync();
        await StartAgainAsync(server);
    }

    /// <summary>One that finds itself taken for dead ends, and says why; one that does not goes on.</summary>
    public async Task PauseOneAsync(TimeSpan pause)
    {
        var server = await ChooseAsync();
        var program = _servers[server].Program;
        await program.PauseAsync();
        var since = Stopwatch.GetTimestamp();
        await Eventually.HoldsAsync("the pause is over", pause * 2, () => Stopwatch.GetElapsedTime(since) >= pause);
        var others = _servers.Count - 1;
        var isTakenForDead = await world.AskAsync<int>("SELECT count(*)::int FROM orleans_members WHERE status = 3") == others;
        await program.ContinueAsync();
        if (!isTakenForDead)
            return;
        var ending = await program.EndAsync();
        Assert.Equal(1, ending.ExitCode);
        Assert.Contains("start it again", ending.Errors, StringComparison.Ordinal);
        await StartAgainAsync(server);
    }

    public async Task EachSaysThatTheDatabaseIsAwayAsync()
    {
        foreach (var (program, address) in _servers)
        {
            using var answer = await _http.GetAsync(new Uri(address, "health/ready"));
            Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
            Assert.Contains("PostgreSQL does not answer", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
            Assert.False(program.HasEnded, program.Log);
        }
    }

    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<int> ChooseAsync()
    {
        foreach (var ended in Enumerable.Range(0, _servers.Count).Where(i => _servers[i].Program.HasEnded).ToList())
            await StartAgainAsync(ended);
        _next = (_next + 1) % _servers.Count;
        await SendElsewhereAsync();
        return _next;
    }

    private async Task SendElsewhereAsync()
    {
        if (publicKey is null)
            return;
        var address = new Uri(_servers[(_next + 1) % _servers.Count].Address, "discord/interactions");
        await Eventually.HoldsAsync("the endpoint is taken", Patience, async () => await world.Discord.SendInteractionsToAsync(address) == HttpStatusCode.OK);
    }

    private async Task StartAgainAsync(int server) => _servers[server] = await world.ServeAsync(publicKey);
}
