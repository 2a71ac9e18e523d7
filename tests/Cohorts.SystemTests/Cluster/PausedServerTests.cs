using Cohorts.SystemTests.Bot;

namespace Cohorts.SystemTests.Cluster;

/// <summary>A server that is paused in the middle of a run, and believes afterwards that it still has the cohort's turn.</summary>
public sealed class PausedServerTests(SharedGround shared) : IClassFixture<SharedGround>
{
    private const int Groups = 4;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task Nothing_of_its_stale_run_is_saved_and_Discord_gets_no_call_from_it()
    {
        await using var world = await BotWorld.StartAsync(shared.Ground);
        await world.Discord.HurryAsync(50);
        var paused = await world.ServeAndConnectAsync();
        var cohort = await RealizeTests.AddGroupsAsync(world, Groups, absent: null);
        var (other, _) = await world.ServeAsync();
        // At Discord's own pace the run waits for limits between its calls: so it does when it is paused.
        await world.Discord.HurryAsync(1);
        await world.Discord.SendAsync(world.Guild, world.Administrator, "realize-groups", new { cohort }, wait: 4);
        await Eventually.HoldsAsync("a part is made", Patience, async () => (await world.Discord.MadeAsync()).Count >= 3, () => world.Logs);

        await paused.PauseAsync();
        var stale = await world.AskAsync<long>("SELECT run_id FROM runs WHERE cohort_id = @cohort AND ended_at IS NULL", new { cohort });
        await world.Discord.HurryAsync(50);

        await Eventually.HoldsAsync("the other server has done the rest", Patience, async () =>
            await world.AskAsync<int>("SELECT count(*)::int FROM groups WHERE cohort_id = @cohort AND status = 'active'", new { cohort }) == Groups
            && await world.AskAsync<int>("SELECT count(*)::int FROM runs WHERE ended_at IS NULL") == 0,
            () => world.Logs);
        await Eventually.HoldsAsync("the paused server is taken for dead", Patience, async () =>
            await world.AskAsync<int>("SELECT count(*)::int FROM orleans_members WHERE status = 3") == 1);
        var made = await world.Discord.MadeAsync();
        var steps = await world.AskAsync<int>("SELECT count(*)::int FROM run_steps WHERE run_id = @stale", new { stale });
        await paused.ContinueAsync();
        var ending = await paused.EndAsync();

        Assert.Equal(1, ending.ExitCode);
        Assert.Contains("no longer a member of its cluster", ending.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at System.Environment", ending.Errors, StringComparison.Ordinal);
        Assert.Equal(made, await world.Discord.MadeAsync());
        Assert.Equal(made.Distinct(), made);
        Assert.Equal(steps, await world.AskAsync<int>("SELECT count(*)::int FROM run_steps WHERE run_id = @stale", new { stale }));
        Assert.Equal("interrupted", await world.AskAsync<string>("SELECT state FROM runs WHERE run_id = @stale", new { stale }));
        Assert.False(other.HasEnded, world.Logs);
        await world.NoSecretIsInALogAsync();
    }
}
