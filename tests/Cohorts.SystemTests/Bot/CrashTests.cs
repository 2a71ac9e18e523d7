using System.Diagnostics;

namespace Cohorts.SystemTests.Bot;

/// <summary>Servers that are killed as by kill -9. What was acknowledged is neither lost nor run twice.</summary>
public sealed class CrashTests(BotGround ground) : IClassFixture<BotGround>
{
    private static readonly bool Long = Environment.GetEnvironmentVariable("COHORTS_TEST_LONG") == "1";
    private static readonly TimeSpan Promised = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Of_two_servers_one_holds_the_gateway_and_the_other_resumes_when_it_is_killed()
    {
        await using var world = await BotWorld.StartAsync(ground);
        var first = await world.ServeAndConnectAsync();
        await world.ServeAsync();
        Assert.Equal(1, await world.Discord.GatewayConnectionsAsync());
        Assert.Equal(1, await world.Discord.SessionsBegunAsync());

        // The three seconds that Discord gives stand still, so that a busy machine does not fail what an idle one does.
        await world.Discord.StopClockAsync();
        first.Kill();
        await Eventually.HoldsAsync("the line is broken", Patience, async () => await world.Discord.GatewayConnectionsAsync() == 0);
        var meanwhile = await world.Discord.RunAsync(world.Guild, world.Administrator, "list-cohorts");

        Assert.Equal("1 cohort", meanwhile.Embed.GetProperty("title").GetString());
        Assert.Equal(1, await world.Discord.GatewayConnectionsAsync());
        Assert.Equal(1, await world.Discord.SessionsBegunAsync());
        await world.NoSecretIsInALogAsync();
    }

    [Fact]
    public async Task What_a_killed_server_acknowledged_is_finished_by_the_one_that_lives()
    {
        await using var world = await BotWorld.StartAsync(ground);
        var sent = new CommandsSent(world);
        var onGateway = await world.ServeAndConnectAsync();
        for (var round = 0; round < (Long ? 15 : 2); round++)
        {
            var (other, _) = await world.ServeAsync();
            await SendAndKillAsync(world, sent, onGateway, new Random(round));
            await FinishAsync(world, sent);
            onGateway = other;
        }

        await sent.EachRanOnceAsync();
        await world.NoSecretIsInALogAsync();
    }

    [Fact]
    public async Task What_a_killed_server_acknowledged_is_finished_by_the_one_that_is_started_next()
    {
        await using var world = await BotWorld.StartAsync(ground);
        var sent = new CommandsSent(world);
        var only = await world.ServeAndConnectAsync();
        for (var round = 0; round < (Long ? 15 : 2); round++)
        {
            await SendAndKillAsync(world, sent, only, new Random(100 + round));
            (only, _) = await world.ServeAsync();
            await FinishAsync(world, sent);
            await Eventually.HoldsAsync("the gateway is held again", Patience, async () => await world.Discord.GatewayConnectionsAsync() == 1);
        }

        await sent.EachRanOnceAsync();
        await world.NoSecretIsInALogAsync();
    }

    /// <summary>Two cohorts are scheduled and the list is asked for; when all is acknowledged and a random moment more has passed, the server dies.</summary>
    private static async Task SendAndKillAsync(BotWorld world, CommandsSent sent, CohortsProgram server, Random random)
    {
        for (var i = 0; i < 2; i++)
        {
            var cohort = await world.AddCohortAsync($"Cohort {sent.Count}");
            var scheduling = await world.Discord.SendAsync(
                world.Guild, world.Administrator, "schedule", new { cohort, iterations = random.Next(1, 3_000) });
            sent.Add(scheduling.InteractionId, isScheduling: true);
        }

        sent.Add((await world.Discord.SendAsync(world.Guild, world.Administrator, "list-cohorts")).InteractionId, isScheduling: false);
        await Eventually.HoldsAsync("all is acknowledged", TimeSpan.FromSeconds(5), sent.AllAreAcknowledgedAsync);
        var acknowledged = Stopwatch.GetTimestamp();
        var moment = TimeSpan.FromMilliseconds(random.Next(600));
        await Eventually.HoldsAsync("the moment to die has come", Patience, () => Stopwatch.GetElapsedTime(acknowledged) >= moment);
        server.Kill();
    }

    private static async Task FinishAsync(BotWorld world, CommandsSent sent)
    {
        var up = Stopwatch.GetTimestamp();
        await Eventually.HoldsAsync("every final answer", Patience, sent.AllAreAnsweredAsync);
        var took = Stopwatch.GetElapsedTime(up);
        Assert.True(took < Machine.Allows(Promised), $"The last answer took {took.TotalSeconds:0.0} s.\n{world.Logs}");
    }
}
