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

    [Fact]
    public async Task What_was_begun_five_times_in_vain_is_given_up_and_whoever_waits_is_told()
    {
        await using var world = await BotWorld.StartAsync(ground);
        var sent = new CommandsSent(world);
        var server = await world.ServeAndConnectAsync();
        var cohort = await world.AddCohortAsync("In vain");
        var held = await ProgramFolder.HoldPeopleAsync(world.Database, cohort);
        var given = await world.Discord.SendAsync(world.Guild, world.Administrator, "schedule", new { cohort }, wait: 4);
        sent.Add(given.InteractionId, isScheduling: false);
        server.Kill();
        await held.DisposeAsync();
        var left = await world.AskAsync<int>(
            "WITH tried AS (UPDATE interactions SET attempts = 5 WHERE answered_at IS NULL RETURNING 1) SELECT count(*)::int FROM tried");
        Assert.Equal(1, left);

        await world.ServeAsync();
        await Eventually.HoldsAsync("the final answer", Patience, sent.AllAreAnsweredAsync);

        var answers = await world.Discord.AnswersAsync(world.Guild);
        Assert.Contains("was begun 5 times and did not come to its end", answers[given.InteractionId], StringComparison.Ordinal);
    }

    [Fact]
    public async Task While_the_database_is_away_people_are_told_so_and_the_gateways_session_goes_on()
    {
        await using var world = await BotWorld.StartAsync(ground);
        await world.ServeAndConnectAsync();
        // The three seconds that Discord gives stand still, so that a busy machine does not fail what an idle one does.
        await world.Discord.StopClockAsync();
        // Answered, it shows that the events of the connection's beginning are dealt with.
        await world.Discord.RunAsync(world.Guild, world.Administrator, "list-cohorts");
        ground.Folder.KillDatabase();
        var meanwhile = await world.Discord.RunAsync(world.Guild, world.Administrator, "list-cohorts");
        var connected = await world.Discord.GatewayConnectionsAsync();
        await ground.Folder.StartDatabaseAsync();
        world.Database.Clear();

        Assert.StartsWith("The database does not answer at the moment", meanwhile.Content, StringComparison.Ordinal);
        Assert.Equal(1, connected);
        await Eventually.HoldsAsync("a command is carried out again", Patience, async () =>
            !(await world.Discord.RunAsync(world.Guild, world.Administrator, "list-cohorts")).Content.StartsWith("The database", StringComparison.Ordinal));
        Assert.Equal(1, await world.Discord.SessionsBegunAsync());
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
