using System.Diagnostics;
using Dapper;

namespace Cohorts.SystemTests.Bot;

/// <summary>The gateway is cut, or the database is away for a moment, while commands come in.</summary>
public sealed class BrokenLinesTests(SharedGround shared) : IClassFixture<SharedGround>
{
    private static readonly bool Long = Environment.GetEnvironmentVariable("COHORTS_TEST_LONG") == "1";

    /// <summary>
    /// Ways in which Discord ends a connection: without a word, Reconnect, "unknown error", "session timed out", and Invalid Session, after
    /// which a client has to pause for seconds.
    /// </summary>
    private static readonly int?[] Cuts = [null, null, null, null, null, null, 7, 7, 7, 4000, 4000, 4009, 4009, 9];

    [Fact]
    public async Task Half_an_hour_of_cuts_every_few_seconds_loses_nothing_that_was_acknowledged()
    {
        await using var world = await BotWorld.StartAsync(shared.Ground);
        await world.ServeAndConnectAsync();
        var discord = world.Discord;
        var sent = new CommandsSent(world);
        var random = new Random(1);
        var cohorts = new List<int>();
        for (var i = 0; i < 4; i++)
            cohorts.Add(await world.AddCohortAsync($"Cohort {i}"));

        // Discord's three seconds and fifteen minutes are measured by a clock that moves between commands, by seconds at a time.
        await discord.StopClockAsync();
        var (began, end) = (Stopwatch.GetTimestamp(), await discord.NowAsync() + TimeSpan.FromMinutes(30));
        while (await discord.NowAsync() < end && (Long || sent.Count < 5 || Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(15)))
        {
            // Cut again while it is away, it would only stay away for longer: of a bot that is not connected, nothing is acknowledged.
            await Eventually.HoldsAsync("the bot is back", TimeSpan.FromSeconds(30), async () => await discord.GatewayConnectionsAsync() == 1);
            var isScheduling = random.Next(3) == 0;
            var running = isScheduling
                ? discord.SendAsync(world.Guild, world.Administrator, "schedule", new { cohort = cohorts[random.Next(cohorts.Count)] }, wait: 5)
                : discord.SendAsync(world.Guild, world.Administrator, "list-cohorts", wait: 5);
            var (since, moment) = (Stopwatch.GetTimestamp(), TimeSpan.FromMilliseconds(random.Next(60)));
            await Eventually.HoldsAsync("the moment to cut has come", TimeSpan.FromSeconds(5), () => Stopwatch.GetElapsedTime(since) >= moment);
            await discord.CutAsync(Cuts[random.Next(Cuts.Length)]);
            sent.Add((await running).InteractionId, isScheduling);
            await discord.AdvanceAsync(3 + (random.NextDouble() * 4));
        }

        await Eventually.HoldsAsync("every final answer", TimeSpan.FromSeconds(10), sent.AllAreAnsweredAsync);
        Assert.InRange(await sent.AcknowledgedAsync(), sent.Count / 2, sent.Count);
        Assert.InRange(sent.Count, 5, int.MaxValue);
        await sent.EachRanOnceAsync();
        await world.NoSecretIsInALogAsync();
    }

    [Fact]
    public async Task While_the_database_is_away_people_are_told_to_try_again_and_nothing_is_begun()
    {
        await using var world = await BotWorld.StartAsync(shared.Ground);
        await world.ServeAndConnectAsync();
        var discord = world.Discord;

        IReadOnlyList<Seen> told;
        TimeSpan took;
        await discord.StopClockAsync();
        await using (var connection = await world.Database.OpenConnectionAsync())
        await using (var away = await connection.BeginTransactionAsync())
        {
            await connection.ExecuteAsync("LOCK TABLE interactions IN ACCESS EXCLUSIVE MODE");
            var asked = Stopwatch.GetTimestamp();
            // Several at once: none has to wait until the patience with those before it has ended.
            told = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ =>
                discord.RunAsync(world.Guild, world.Administrator, "schedule", new { cohort = shared.Ground.CohortId })));
            took = Stopwatch.GetElapsedTime(asked);
        }

        Assert.All(told, seen => Assert.StartsWith("The database does not answer at the moment, so nothing was begun.", seen.Content, StringComparison.Ordinal));
        Assert.InRange(took, TimeSpan.Zero, Machine.Allows(TimeSpan.FromSeconds(3)));
        Assert.Equal(0, await world.AskAsync<int>("SELECT count(*)::int FROM interactions"));
        Assert.Equal(0, await world.AskAsync<int>("SELECT count(*)::int FROM runs"));

        var again = await discord.RunAsync(world.Guild, world.Administrator, "schedule", new { cohort = shared.Ground.CohortId });
        Assert.Contains("groups", again.Embed.GetProperty("title").GetString(), StringComparison.Ordinal);
        await world.NoSecretIsInALogAsync();
    }
}
