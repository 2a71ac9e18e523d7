using System.Diagnostics;
using Cohorts.SystemTests.Bot;

namespace Cohorts.SystemTests.Weather;

/// <summary>Discord fails under a server. <c>COHORTS_TEST_LONG=1</c>: for ten minutes.</summary>
public sealed class DiscordDownTests(SharedGround shared) : IClassFixture<SharedGround>
{
    private static readonly TimeSpan Outage = Environment.GetEnvironmentVariable("COHORTS_TEST_LONG") == "1" ? TimeSpan.FromMinutes(10) : TimeSpan.FromSeconds(8);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task A_realization_waits_while_Discord_is_down_then_goes_on_and_nothing_is_there_twice()
    {
        await using var world = await BotWorld.StartAsync(shared.Ground);
        var (server, address) = await world.ServeAsync();
        using var readiness = new Readiness(address);
        await Eventually.HoldsAsync("the commands are known", Patience, () => world.Discord.OffersAsync(world.Guild, "realize-groups"));
        var cohort = await RealizeTests.AddGroupsAsync(world, groups: 6, absent: null);
        var sent = await world.Discord.SendAsync(world.Guild, world.Administrator, "realize-groups", new { cohort });
        await Eventually.HoldsAsync("the run has made something", Patience, async () => (await world.Discord.MadeAsync()).Count > 2, () => world.Logs);

        await world.Discord.SetOutageAsync(true);
        var since = Stopwatch.GetTimestamp();
        await readiness.SaysAsync("Discord", server);
        await Eventually.HoldsAsync("the outage is over", Outage * 2, () => Stopwatch.GetElapsedTime(since) >= Outage);
        Assert.Equal("running", await world.AskAsync<string>("SELECT state FROM runs WHERE cohort_id = @cohort", new { cohort }));
        await world.Discord.HurryAsync(50);
        await world.Discord.SetOutageAsync(false);

        await Eventually.HoldsAsync(
            "all groups are active", Patience, async () => await RealizeTests.ActiveAsync(world, cohort) == 6, () => world.Logs);
        await readiness.IsWellAgainAsync(server);
        string? answer = null;
        await Eventually.HoldsAsync("the organizer is told", Patience, async () =>
            (answer = (await world.Discord.AnswersAsync(world.Guild)).GetValueOrDefault(sent.InteractionId))?.Contains("Realized: 6 groups made", StringComparison.Ordinal) == true,
            () => $"{answer}\n{world.Logs}");
        Assert.Equal(["succeeded"], await world.ListAsync<string>("SELECT state FROM runs WHERE cohort_id = @cohort", new { cohort }));
        await RealizeTests.EachIsThereOnceAsync(world, kill: 0);
        var made = await world.Discord.MadeAsync();
        Assert.Equal(made.Distinct(), made);
        await world.NoSecretIsInALogAsync();
    }

    [Fact]
    public async Task Closed_for_good_by_Discord_a_server_lives_and_says_what_to_do()
    {
        await using var world = await BotWorld.StartAsync(shared.Ground);
        var (server, address) = await world.ServeAsync();
        using var readiness = new Readiness(address);
        await Eventually.HoldsAsync("the bot is connected", Patience, async () => await world.Discord.GatewayConnectionsAsync() == 1);

        await world.Discord.CutAsync(4014);

        await readiness.SaysAsync("Switch on \"Server Members Intent\" in the developer portal", server);
        Assert.Equal(0, await world.Discord.GatewayConnectionsAsync());

        // Mended in the portal, it comes back without a restart.
        await readiness.IsWellAgainAsync(server);
        Assert.Equal(1, await world.Discord.GatewayConnectionsAsync());
    }
}
